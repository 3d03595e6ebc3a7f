"""`sources` files and the lists that stand for one elsewhere: what is read comes back, and no name in it leads anywhere."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.errors import Failure, Kind
from headwater.upstream import sourceslist
from headwater.upstream.model import LooseFile, Upstream
from headwater.upstream.spectree import listed

pytestmark = pytest.mark.timeout(300)
FUZZ = settings(settings.get_profile("fuzz"))
GOOD = f"""# a comment
SHA512 (one-1.tar.gz) = {"a" * 128}
SHA256 (two.zip) = {"B" * 64}

{"c" * 32}  three.tgz
""".encode()
SIGNATURES = b'{"Signatures": {"one.tar.gz": "' + b"a" * 64 + b'", "two.tgz": "' + b"0" * 64 + b'"}}'
CONFIG = b"sources:\n- archive: one.tar.gz\n  archive_sha512sum: " + b"a" * 128 + b"\n- archive: 'two.tgz'\n"
UPSTREAM = Upstream(component="brook", kind="spec-tree", name="brook", url="file:///x", branch="", path="SPECS/brook")


def is_plain(name: str) -> bool:
    return name.isascii() and name.isprintable() and not name.startswith("-") and not set(name) & set("/\\ ")


@given(data=st.data())
@FUZZ
def test_sources_come_back_as_they_were(data: st.DataObject, outcome, spoilt) -> None:
    content = data.draw(spoilt(GOOD) | st.binary(max_size=300))
    lines = outcome(lambda: sourceslist.parse(content))
    if isinstance(lines, Failure):
        assert {problem.kind for problem in lines.problems} == {Kind.SOURCE}
        return
    assert sourceslist.write(lines).encode(errors="surrogateescape").removesuffix(b"\n") == content.removesuffix(b"\n")
    named = [line for line in lines if line.filename]
    assert all(is_plain(line.filename) for line in named)
    assert all(len(line.hash) == sourceslist.DIGITS[line.hash_type] for line in named)
    assert len({line.filename for line in named}) == len(named)


@given(data=st.data())
@FUZZ
def test_lists_of_other_distributions_are_read_or_refused(data: st.DataObject, outcome, spoilt) -> None:
    name, good = data.draw(st.sampled_from([("brook.signatures.json", SIGNATURES), ("config.yaml", CONFIG)]))
    files = {name: LooseFile(content=data.draw(spoilt(good) | st.binary(max_size=300)))}
    lines = outcome(lambda: listed(files, "brook.spec", UPSTREAM))
    if isinstance(lines, Failure):
        assert {problem.kind for problem in lines.problems} == {Kind.SOURCE}
        return
    assert all(is_plain(line.filename) and len(line.hash) == sourceslist.DIGITS[line.hash_type] for line in lines)
