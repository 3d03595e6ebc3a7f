"""Files compared as azldev compares them: the same hunks, numbers and words."""

import pytest

from headwater.render.treediff import compare_files


def compared(old: bytes | None, new: bytes | None):
    before, after = ({} if content is None else {"a": content} for content in (old, new))
    found = list(compare_files(before, after))
    return found[0] if found else None


def test_what_is_the_same_is_not_told() -> None:
    assert compared(b"a\n", b"a\n") is None


def test_a_line_in_the_middle_has_three_around_it() -> None:
    old = b"".join(b"%d\n" % number for number in range(12))
    found = compared(old, old.replace(b"6\n", b"six\n"))
    assert found.text == "--- a/a\n+++ b/a\n@@ -4,7 +4,7 @@\n 3\n 4\n 5\n-6\n+six\n 7\n 8\n 9\n"
    assert [(one.line, one.type, one.content) for one in found.changes] == [(7, "remove", "6"), (7, "add", "six")]


@pytest.mark.parametrize(
    ("old", "new", "status", "head", "lines"),
    [
        (None, b"x\n", "added", "--- /dev/null\n+++ b/a\n@@ -0,0 +1,2 @@\n", [(1, "add", "x"), (2, "add", "")]),
        (None, b"x", "added", "--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n", [(1, "add", "x")]),
        (b"x\n", None, "removed", "--- a/a\n+++ /dev/null\n@@ -1,2 +0,0 @@\n", [(1, "remove", "x"), (2, "remove", "")]),
        (b"x\r\n", b"y\r\n", "modified", "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n", [(1, "remove", "x"), (1, "add", "y")]),
        (b"\xff\n", b"ok\n", "modified", "--- a/a\n+++ b/a\n", [(1, "remove", "\N{REPLACEMENT CHARACTER}"), (1, "add", "ok")]),
    ],
)
def test_files_come_go_and_change(old, new, status, head, lines) -> None:
    found = compared(old, new)
    assert found.status == status
    assert found.text.startswith(head)
    assert [(one.line, one.type, one.content) for one in found.changes] == lines


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"\0", b"x", "Binary files a/a and b/a differ"),
        (None, b"x\0", "Binary file b/a added"),
        (b"\0", None, "Binary file a/a removed"),
        (None, b"", "Empty file b/a added"),
        (b"", None, "Empty file a/a removed"),
    ],
)
def test_what_is_no_text_is_told_in_a_sentence(old, new, message) -> None:
    found = compared(old, new)
    assert (found.message, found.text, found.changes, found.shown) == (message, "", (), f"{message}\n")


def test_a_zero_behind_the_first_pages_is_text() -> None:
    assert compared(b"x" * 8192 + b"\0\n", b"y\n").message == ""
