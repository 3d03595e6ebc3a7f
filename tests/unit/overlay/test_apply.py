"""Overlays as a whole: all or nothing, each bites, each change is told."""

from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headwater.config.overlays import (
    FileAdd,
    Overlay,
    PatchAdd,
    PatchRemove,
    SpecAddTag,
    SpecAppendLines,
    SpecInsertTag,
    SpecPrependLines,
    SpecRemoveSection,
    SpecRemoveSubpackage,
    SpecRemoveTag,
    SpecSearchReplace,
    SpecSetTag,
    SpecUpdateTag,
)
from headwater.errors import Failure, Kind, Problem
from headwater.overlay import apply, blame
from headwater.spec import parse
from headwater.store import Store
from headwater.upstream.model import LooseFile, Pin, SourceTree

LINES = st.sampled_from(
    [
        "Name: a", "License: MIT", "Requires: b", "Patch: x.patch", "Patch3: y.patch", "Source0: a.tar", "%package devel",
        "%description", "%description devel", "%prep", "%setup -q", "%patch -P 3", "%autosetup", "%build", "make \\", "%if 1",
        "%else", "%endif", "%files", "%files devel", "%global m x", "%{m}", "%define n \\", "  body", "# note", "",
        "%patchlist", "z.patch", "%{expand:", "}",
    ]
)  # fmt: skip
PACKAGES = st.sampled_from(["", "devel", "other"])
SECTIONS = st.sampled_from(["%build", "%files", "%prep", "%preamble", "%package", "%description"])
NAMES = st.sampled_from(["License", "requires", "Patch4", "Source", "URL"])
OVERLAYS: st.SearchStrategy[Overlay] = st.one_of(
    st.builds(SpecAddTag, tag=NAMES, value=st.just("v"), package=PACKAGES),
    st.builds(SpecInsertTag, tag=NAMES, value=st.just("v"), package=PACKAGES),
    st.builds(SpecSetTag, tag=NAMES, value=st.just("v"), package=PACKAGES),
    st.builds(SpecUpdateTag, tag=NAMES, value=st.just("v"), package=PACKAGES),
    st.builds(SpecRemoveTag, tag=NAMES, package=PACKAGES),
    st.builds(SpecPrependLines, lines=st.just(("new",)), section=SECTIONS, package=PACKAGES),
    st.builds(SpecAppendLines, lines=st.just(("new", "")), section=SECTIONS, package=PACKAGES),
    st.builds(
        SpecSearchReplace, regex=st.sampled_from(["a", "^%files", "e$", "x*"]), replacement=st.sampled_from(["", "q\nr"])
    ),
    st.builds(SpecRemoveSection, section=SECTIONS, package=PACKAGES),
    st.builds(SpecRemoveSubpackage, package=st.just("devel")),
    st.builds(PatchRemove, file=st.sampled_from(["*.patch", "y.patch"])),
)
PIN = Pin(kind="local", name="a", digest="")


class NoStore(Store):
    def __init__(self) -> None:
        """Overlays that touch no archive need none."""


def tree(text: str) -> SourceTree:
    files = {name: LooseFile(content=b"-\n") for name in ("x.patch", "y.patch", "z.patch")}
    return SourceTree(component="a", spec="a.spec", files={**files, "a.spec": LooseFile(content=text.encode())}, pin=PIN)


def outcome(before: SourceTree, overlays: list[Overlay]) -> tuple[Any, tuple[Problem, ...]]:
    try:
        return apply(before, overlays, NoStore()), ()
    except Failure as failure:
        return None, failure.problems


@settings(max_examples=300, deadline=None)
@example(["%package devel", "%package devel"], [SpecAddTag(tag="Patch4", value="v", package="devel")], "\n")
@given(st.lists(LINES, max_size=25), st.lists(OVERLAYS, min_size=1, max_size=4), st.sampled_from(["\n", ""]))
def test_all_or_nothing_and_every_one_bites(lines: list[str], overlays: list[Overlay], last: str) -> None:
    before = tree("\n".join(lines) + last)
    picture = msgspec.json.encode(before)
    result, problems = outcome(before, overlays)
    assert msgspec.json.encode(before) == picture
    assert {problem.kind for problem in problems} <= {Kind.OVERLAY}
    assert len(problems) <= len(overlays)
    if result is None:
        assert problems
        return
    step, told = before, []
    for overlay in overlays:
        step, made = apply(step, [overlay], NoStore())
        assert made, "each overlay bites"
        told += made
    assert result == (step, tuple(told)), "together they do what they do one by one"
    owners = blame(before.files["a.spec"].content, tuple(change for change in told if change.file == "a.spec"))
    assert len(owners) == len(result[0].text.splitlines())


@given(st.lists(LINES, max_size=25), PACKAGES)
def test_an_appended_line_is_as_conditional_as_its_section(lines: list[str], package: str) -> None:
    before = parse("\n".join(lines) + "\n")
    result, _ = outcome(tree(before.text), [SpecAppendLines(lines=("new",), section="%files", package=package)])
    if result is None:
        return
    after = parse(result[0].text)
    homes = [section for section in after.sections if section.name == "%files" and section.package == package]
    for section in homes:
        news = [index for index in range(section.body, section.end) if after.lines[index] == "new"]
        assert len(news) == 1
        if not after.stray:
            own = {guard.opener for guard in after.around(section.start)}
            inner = {guard.opener for guard in after.around(news[0])}
            assert inner <= own, "no condition holds the line that does not hold its section"


def test_every_problem_is_told_at_once() -> None:
    wrong = [SpecRemoveTag(tag="URL"), SpecAddTag(tag="BuildRequires", value="x"), SpecUpdateTag(tag="Vendor", value="y")]
    assert len(outcome(tree("Name: a\n"), wrong)[1]) == 2


def test_what_is_brought_in_is_named_and_checked(tmp_path) -> None:
    (tmp_path / "fix.patch").write_bytes(b"---\n")
    (tmp_path / "fifo").mkdir()
    spec = tree("Name: a\n\n%prep\n%autosetup\n")
    after, [_, change] = apply(spec, [PatchAdd(source=str(tmp_path / "fix.patch"))], NoStore())
    assert (change.file, change.before, change.after) == ("fix.patch", None, b"---\n")
    assert "Patch0: fix.patch" in after.text
    for source, name in ((tmp_path / "fifo", "a"), (tmp_path / "none", "a"), (tmp_path / "fix.patch", "a/../../b")):
        result, problems = outcome(spec, [FileAdd(file=name, source=str(source))])
        assert result is None
        assert problems[0].kind is Kind.OVERLAY


def test_where_only_the_lines_ends_are_missed_the_flag_for_them_is_told() -> None:
    spec = tree("Name: a\n\n%build\n%configure --disable-telemetry\n%make_build\n\n%install\n%make_install\n")
    regex = r"^%configure --disable-telemetry\n%make_build$"
    result, [problem] = outcome(spec, [SpecSearchReplace(section="%build", regex=regex, replacement="make")])
    assert result is None
    assert problem.hint == "begin the regex with `(?m)`, so that `^` and `$` mean lines"
    (after, _), _ = outcome(spec, [SpecSearchReplace(section="%build", regex=f"(?m){regex}", replacement="make")])
    assert "%build\nmake\n" in after.text
    _, [problem] = outcome(spec, [SpecSearchReplace(section="%build", regex=r"^%cmake\n%cmake_build$", replacement="make")])
    assert "(?m)" not in problem.hint, "it would not match with it either"


def test_a_section_that_is_not_there_is_told_with_the_nearest() -> None:
    spec = tree("Name: a\n\n%prep\n%setup\n\n%files\n/a\n\n%files devel\n/b\n")
    for section, package, hint in (("%file", "", "%files"), ("%files", "deval", "%files devel"), ("%check", "", "")):
        result, [problem] = outcome(spec, [SpecAppendLines(section=section, package=package, lines=("x",))])
        assert result is None
        assert problem.what == f"`spec-append-lines`: the spec has no section `{f'{section} {package}'.strip()}`"
        assert problem.hint == (f"did you mean `{hint}`?" if hint else "")
