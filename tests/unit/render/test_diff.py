"""Each piece of difference has one author, and all pieces together are the whole difference."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from headwater.origin import Origin
from headwater.overlay.change import Change
from headwater.render import diff
from headwater.render.model import RenderedPackage
from headwater.render.trace import edits, trace
from headwater.upstream.model import LooseFile, Pin, SourceTree


def change(number: int, before: bytes | None, after: bytes | None, **fields: str) -> Change:
    return Change(
        kind="spec-update-tag",
        description=f"reason {number}",
        where=Origin(file="components/a.toml", line=number),
        file=fields.pop("file", "a.spec"),
        before=before,
        after=after,
        **fields,
    )


def chain(*texts: str) -> list[Change]:
    return [change(n, a.encode(), b.encode()) for n, (a, b) in enumerate(itertools.pairwise(texts), 1)]


def package(*changes: Change) -> RenderedPackage:
    made = SourceTree(
        component="a", spec="a.spec", files={"a.spec": LooseFile(content=b"")}, pin=Pin(kind="x", name="x", digest="")
    )
    return RenderedPackage(component="a", upstream=made, tree=made, changes=changes, digest="")


def test_neighbouring_lines_keep_their_own_reasons() -> None:
    said = diff(package(*chain("a\nb\nc\n", "A\nb\nc\n", "A\nB\nc\n")))
    first, second = said.split("# reason 1\n")[1].split("# reason 2\n")
    assert "components/a.toml:1" in first
    assert "-a\n+A\n" in first
    assert "components/a.toml:2" in second
    assert "-b\n+B\n c\n" in second


def test_a_line_changed_twice_is_shown_once_under_who_removed_and_who_wrote() -> None:
    said = diff(package(*chain("a\nx\n", "b\nx\n", "c\nx\n")))
    assert "+b" not in said
    assert said.index("# reason 1") < said.index("-a\n") < said.index("# reason 2") < said.index("+c\n")


def test_a_change_that_was_taken_back_is_no_difference() -> None:
    assert diff(package(*chain("a\n", "b\n", "a\n"))) == ""


def test_the_section_is_named() -> None:
    assert "@@ %build\n" in diff(package(*chain("Name: a\n%build\nmake\n", "Name: a\n%build\n%make_build\n")))


def test_new_gone_binary_and_renamed_files() -> None:
    said = diff(
        package(
            change(1, None, b"new\n", file="new.conf"),
            change(2, b"old\n", None, file="old.conf"),
            change(3, b"\0\1", b"\0\2\3", file="logo"),
            change(4, b"same\n", b"same\n", file="from", renamed_to="to"),
            change(5, b"x\n", b"y\n", file="src/x.c", archive="a-1.tar.gz"),
        )
    )
    assert "--- /dev/null\n+++ b/a/new.conf" in said
    assert "--- a/a/old.conf\n+++ /dev/null" in said
    assert "# 2 bytes -> 3 bytes" in said
    assert "--- a/a/from\n+++ b/a/to" in said
    assert "--- a/a/a-1.tar.gz:src/x.c" in said
    assert all(f"components/a.toml:{number}" in said for number in range(1, 6))


TEXTS = st.lists(st.text("ab\n", max_size=12), min_size=2, max_size=5)


@given(TEXTS)
def test_the_pieces_make_the_last_text_of_the_first(texts: list[str]) -> None:
    found = trace(chain(*texts))
    made, place = [], 0
    for edit in edits(found):
        made += found.first[place : edit.before]
        assert len(made) == edit.after
        assert found.first[edit.before : edit.before + len(edit.removed)] == edit.removed
        made += edit.added
        place = edit.before + len(edit.removed)
        assert edit.removed or edit.added
    assert "".join([*made, *found.first[place:]]) == texts[-1]
