"""Globs and regexes of overlays."""

import pytest

from headwater.config.overlays import SpecSearchReplace
from headwater.errors import Failure, Kind
from headwater.overlay.match import compile_glob, compile_regex, substitute, substitute_text

OVERLAY = SpecSearchReplace(regex="x")


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("*.patch", ["a.patch", ".patch"], ["d/a.patch", "a.patch.bak"]),
        ("**/*.c", ["a.c", "d/a.c", "d/e/a.c"], ["a.h"]),
        ("doc/**", ["doc/a", "doc/d/b"], ["doc", "x/doc/a"]),
        ("{a,b}*.txt", ["a1.txt", "b.txt"], ["c.txt"]),
        ("[!a]?[0-9]", ["bx1"], ["ax1", "b/1", "/x1"]),
        ("a.b", ["a.b"], ["axb"]),
        ("a[", ["a["], ["a"]),
        ("[z-a]", [], ["a", "z", "-"]),  # a range that runs backwards holds nothing, as in Go
        ("[!z-a]", ["a"], ["/"]),
        ("[a[&&b~|-]", ["a", "[", "&", "~", "|", "-"], ["c", "^"]),
        ("[]]", ["]"], ["["]),
        ("[--0]", ["-", ".", "0"], ["/", "1"]),
        ("(x|y)$", ["(x|y)$"], ["x"]),
    ],
)
def test_globs(glob: str, yes: list[str], no: list[str]) -> None:
    pattern = compile_glob(glob)
    assert all(pattern.match(name) for name in yes)
    assert not any(pattern.match(name) for name in no)


@pytest.mark.parametrize(
    ("regex", "replacement", "text", "result"),
    [
        (r"x*", "-", "axb", "-a-b-"),  # as in Go; Python's own re says -a--b-
        (r"(a)", r"\1$1\\", "a", r"\1$1\\"),
        (r"^a$", "b", "a\n", None),
        (r"(?m)^a$", "b", "x\na\n", "x\nb\n"),
        (r"\pL+", "w", "häß 1", "w 1"),
        (r"(?s)a.*?c", "-", "ab\nc c", "- c"),
    ],
)
def test_substitution_is_go_s(regex: str, replacement: str, text: str, result: str | None) -> None:
    assert substitute_text(compile_regex(OVERLAY, regex), replacement, text) == result


def test_other_bytes_survive() -> None:
    assert substitute(compile_regex(OVERLAY, "b"), b"c", b"\xff b \xfe") == b"\xff c \xfe"
    assert substitute_text(compile_regex(OVERLAY, "b"), "c", "\udcff b") == "\udcff c"


@pytest.mark.parametrize("regex", ["(?=a)", r"(a)\1", "(", "a{1,1001}"])
def test_what_re2_refuses(regex: str) -> None:
    with pytest.raises(Failure) as caught:
        compile_regex(OVERLAY, regex)
    assert caught.value.kind is Kind.OVERLAY
