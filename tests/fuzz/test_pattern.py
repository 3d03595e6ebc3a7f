"""Patterns: any regex and any glob is compiled or refused, and what it finds it finds within its text."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.config import globs
from headwater.config.overlays import FileSearchReplace
from headwater.config.values import bad_regex
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.overlay.compat.globs import compile_glob as azldev_glob
from headwater.overlay.compat.go_regex import compile_go, readable, replace_all
from headwater.overlay.match import compile_glob, compile_regex, spans, substitute

pytestmark = pytest.mark.timeout(300)
FUZZ = settings(settings.get_profile("fuzz"))
OVERLAY = FileSearchReplace(file="a", regex="x", where=Origin(file="a.toml", line=1))
REGEXES = st.text(st.sampled_from("ab.*+?|()[]{}^$\\dwpLxnAzCQE:<>P=!-,0123456789ü\n/ "), max_size=16) | st.text(max_size=12)
GLOBS = st.text(st.sampled_from("ab./*?[]{}!^-,\\ü\n&~|"), max_size=14) | st.text(max_size=8)
PIECES = st.sampled_from([b"a", b"b", b"\n", b"\xc3\xbc", b"\xff", b"/"])
TEXTS = st.binary(max_size=30) | st.lists(PIECES, max_size=20).map(b"".join)


@given(regex=REGEXES, replacement=st.text(st.characters(codec="utf-8"), max_size=4), text=TEXTS)
@FUZZ
def test_a_regex_is_refused_or_finds_within_its_text(regex: str, replacement: str, text: bytes, outcome) -> None:
    pattern = outcome(lambda: compile_regex(OVERLAY, regex))
    if isinstance(pattern, Failure):
        assert pattern.kind is Kind.OVERLAY
        assert bad_regex(regex), "what is refused here was refused when the project was read"
        return
    assert not bad_regex(regex) or not regex
    found = list(spans(pattern, text))
    assert found == sorted(found)
    assert all(0 <= start <= end <= len(text) for start, end in found)
    made = substitute(pattern, replacement.encode(), text)
    lost = sum(end - start for start, end in found)
    assert made is None if not found else len(made) == len(text) - lost + len(found) * len(replacement.encode())


@given(regex=REGEXES, replacement=st.text(max_size=4), text=TEXTS)
@FUZZ
def test_a_regex_of_azldevs_keeps_what_it_does_not_match(regex: str, replacement: str, text: bytes, outcome) -> None:
    pattern = outcome(lambda: compile_go(OVERLAY, regex))
    if not isinstance(pattern, Failure):
        made = replace_all(pattern, replacement, text.decode(errors="surrogateescape"))
        assert made is None or isinstance(made, str)
        if made is None:
            assert not list(pattern.finditer(readable(text.decode(errors="surrogateescape")).encode()))


@given(pattern=GLOBS, name=GLOBS)
@FUZZ
def test_a_glob_is_refused_or_matches_within_folders(pattern: str, name: str, outcome) -> None:
    glob = outcome(lambda: compile_glob(pattern))
    if not isinstance(glob, Failure):
        matched = glob.match(name) is not None
        assert not matched or "**" in pattern or "{" in pattern or name.count("/") <= pattern.count("/")
    outcome(lambda: azldev_glob(OVERLAY, pattern).match(name))


@given(pattern=GLOBS, name=GLOBS)
@FUZZ
def test_globs_of_a_project_are_expanded_or_refused(pattern: str, name: str) -> None:
    try:
        found = globs.alternatives(pattern)
    except ValueError:
        return
    assert found == sorted(set(found))
    assert len(found) <= globs.MOST
    globs.matches(Path("/") / name, f"/{pattern}")


@pytest.mark.parametrize("literal", ["a.conf", "a+b", "ü", "a b", "sub/x.y", "$x^"])
def test_a_name_without_signs_matches_itself_alone(literal: str) -> None:
    for match in (compile_glob(literal).match, azldev_glob(OVERLAY, literal).match):
        assert match(literal)
        assert not match(f"{literal}x")
        assert not match(f"x{literal}")
        assert not match(re.sub(r"\W", "x", literal) + "x")
