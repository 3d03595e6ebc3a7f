"""Locks of packages: whatever a merge or an accident makes of one is a lock or a Failure, and what is written is read again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.errors import Failure, Kind
from headwater.rpm import lock

pytestmark = pytest.mark.timeout(300)
FUZZ = settings(settings.get_profile("fuzz"))
TEXT = b"bash 5.3-4^bridge x86_64\njq built\nlibc6 1:2.43-7^bridge x86_64\n\n[base]\nbash\nlibc6\n\n[jq]\n-bash\njq\nlibc6\n"


@given(data=st.data())
@FUZZ
def test_a_lock_is_read_or_refused(data: st.DataObject, outcome, spoilt) -> None:
    text = data.draw(spoilt(TEXT) | st.binary(max_size=100)).decode(errors="replace")
    found = outcome(lambda: lock.parse_lock(text, "images.lock"))
    if isinstance(found, Failure):
        assert {problem.kind for problem in found.problems} == {Kind.CONFIG}
        return
    again = lock.parse_lock(lock.format_lock(found, ""), "images.lock")
    assert {name: sorted(pins) for name, pins in found.pins.items()} == {name: list(pins) for name, pins in again.pins.items()}
    assert {image: sorted(names) for image, names in found.groups.items()} == {
        image: list(names) for image, names in again.groups.items()
    }
