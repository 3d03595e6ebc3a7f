"""Locks: whatever a person or an accident makes of one is a lock or a Failure, and what is written is read again."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headwater.errors import Failure, Kind
from headwater.upstream import lock
from headwater.upstream.lock import Lock

pytestmark = pytest.mark.timeout(300)
FUZZ = settings(settings.get_profile("fuzz"))
FULL = lock.with_ours(
    Lock(
        import_commit="a" * 40, upstream_commit="b" * 40, manual_bump=3, input_fingerprint="sha256:1", resolution_input_hash="x"
    ),
    inputs={"rules": "1", "overlay[0]": "00"},
    repins={f"{'1' * 32}  old.tgz": "d" * 128},
)
TOML = b'version = 1\nupstream-commit = "abcdef1"\nmanual-bump = 2\n[headwater.inputs]\nx = "1"\n'
TEXTS = st.text(max_size=20)


@given(data=st.data())
@FUZZ
def test_a_lock_is_read_or_refused(data: st.DataObject, outcome, spoilt) -> None:
    content = data.draw(spoilt(lock.write(FULL)) | spoilt(TOML) | st.binary(max_size=100))
    check(content, outcome)


@pytest.mark.parametrize(
    "content",
    [
        b"version = 1\nx = " + b"[" * 5000 + b"]" * 5000,
        b"version = 1\nx = " + b"9" * 5000,
        b"version = 1\n\n[headwater.inputs]\nx = " + b"[" * 5000 + b"]" * 5000,
        b"version = 1\n\n[headwater.inputs]\nx = " + b"9" * 5000,
    ],
    ids=["deep", "long", "deep-in-ours", "long-in-ours"],
)
def test_what_pythons_own_reader_dies_of_is_refused(content: bytes, outcome) -> None:
    check(content, outcome)


def check(content: bytes, outcome) -> None:
    found = outcome(lambda: lock.parse(content, Path("locks"), "brook.lock"))
    if isinstance(found, Failure):
        assert found.kind is Kind.CONFIG
        return
    assert {*map(type, found.inputs.values()), *map(type, found.repins.values())} <= {str}
    again = lock.parse(lock.write(found), Path("locks"), "brook.lock")
    assert (again.upstream_commit, again.manual_bump) == (found.upstream_commit, found.manual_bump)


@given(st.dictionaries(TEXTS, TEXTS, max_size=4), st.dictionaries(TEXTS, TEXTS, max_size=2))
@example({"'": "\x7f"}, {"\u2028": '"'})
@FUZZ
def test_any_words_survive_in_our_tables(inputs: dict[str, str], repins: dict[str, str]) -> None:
    made = lock.with_ours(Lock(upstream_commit="b" * 40), inputs=inputs, repins=repins)
    found = lock.parse(lock.write(made), Path("locks"), "brook.lock")
    assert found.inputs == _said(inputs)
    assert found.repins == _said(repins)


def _said(table: dict[str, str]) -> dict[str, str]:
    """An input that is empty is not there."""
    return {key: value for key, value in table.items() if value}
