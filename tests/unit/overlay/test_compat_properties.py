"""Compat overlays as a whole: all or nothing, in order, and what each kind promises of any spec."""

from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headwater.config.overlays import (
    FileAdd,
    FilePrependLines,
    FileRemove,
    FileRename,
    FileSearchReplace,
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
from headwater.origin import Origin
from headwater.overlay import Change, apply_compat, blame
from headwater.overlay.compat.document import parse
from headwater.overlay.compat.lines import _touched
from headwater.overlay.compat.tags import tags
from headwater.store import Store
from headwater.upstream.model import LooseFile, Pin, SourceTree

HERE = Origin(file="headwater.toml", line=1)
LINES = st.sampled_from(
    [
        "Name: a", "License: MIT", "  Requires:  b ", "Patch: x.patch", "Patch3: y.patch", "Source0: a.tar", "%package devel",
        "%description", "%description devel", "%prep", "%Build", "%patch -P 3", "%build", "make \\", "%if 1", "%IFARCH x",
        "%else", "%endif", "%files", "%files -n devel", "%global m x", "%{m}", "  body", "# note", "", "%patchlist",
        "x.patch", "%{?x:Requires: q}", "Name : b", "tail\r", "\u00fcber",
    ]
)  # fmt: skip
PACKAGES = st.sampled_from(["", "devel", "other"])
SECTIONS = st.sampled_from(["%build", "%files", "%prep", "%package", "%description", "%patchlist"])
NAMES = st.sampled_from(["License", "requires", "Patch4", "Source", "URL"])
NEW = st.lists(LINES, min_size=1, max_size=3).map(tuple)
FILES = st.sampled_from(["*.patch", "**", "x.patch", "run.sh", "*.{sh,conf}", "none"])
REGEX = st.sampled_from(["a", "^", "x*", "m.*e", "(?m)^$", "\\s+", "\\Aa", "(?s).e"])
OVERLAYS: st.SearchStrategy[Overlay] = st.one_of(
    st.builds(SpecAddTag, tag=NAMES, value=st.just("v"), package=PACKAGES),
    st.builds(SpecInsertTag, tag=NAMES, value=st.just("v"), package=PACKAGES),
    st.builds(SpecSetTag, tag=NAMES, value=st.just("v"), package=PACKAGES),
    st.builds(SpecUpdateTag, tag=NAMES, value=st.just("v"), package=PACKAGES),
    st.builds(SpecRemoveTag, tag=NAMES, package=PACKAGES),
    st.builds(SpecPrependLines, lines=NEW, section=st.just("") | SECTIONS),
    st.builds(SpecAppendLines, lines=NEW, section=st.just("") | SECTIONS),
    st.builds(
        SpecSearchReplace, regex=REGEX, replacement=st.sampled_from(["", "%check", "a\nb"]), section=st.just("") | SECTIONS
    ),
    st.builds(SpecRemoveSection, section=SECTIONS, package=PACKAGES),
    st.builds(SpecRemoveSubpackage, package=PACKAGES),
    st.builds(PatchAdd, source=st.just(__file__), file=st.sampled_from(["new.patch", "x.patch"])),
    st.builds(PatchRemove, file=FILES),
    st.builds(FilePrependLines, file=FILES, lines=NEW),
    st.builds(FileSearchReplace, file=FILES, regex=REGEX, replacement=st.just("b")),
    st.builds(FileAdd, file=st.sampled_from(["new.conf", "run.sh"]), source=st.just(__file__)),
    st.builds(FileRemove, file=FILES),
    st.builds(FileRename, file=FILES, replacement=st.sampled_from(["z.conf", "run.sh"])),
)
SPECS = st.lists(LINES, max_size=24).map("\n".join)
NOTE = 3  # lines on top of every spec


def tree_of(text: str) -> SourceTree:
    files = {"a.spec": LooseFile(content=text.encode()), "x.patch": LooseFile(content=b"--- a\n+++ a\n")}
    files["run.sh"] = LooseFile(content=b"#!/bin/sh\nmake\n", mode=0o755)
    return SourceTree(component="a", spec="a.spec", files=files, pin=Pin(kind="local", name="a", digest=""))


def applied(
    tree: SourceTree, overlays: Sequence[Overlay], **more: Any
) -> tuple[SourceTree, tuple[Change, ...]] | tuple[Problem, ...]:
    placed = [
        msgspec.structs.replace(overlay, where=Origin(file="o.toml", line=line)) for line, overlay in enumerate(overlays, 1)
    ]
    store: Any = None  # there are no archives
    try:
        return apply_compat(tree, placed, store, where=HERE, **more)
    except Failure as failure:
        return failure.problems


def without_note(tree: SourceTree) -> SourceTree:
    rest = tree.text.split("\n", NOTE)[NOTE]
    return msgspec.structs.replace(tree, files={**tree.files, tree.spec: LooseFile(content=rest.encode())})


def is_failure(result: Any) -> bool:
    return isinstance(result[0], Problem)


@given(SPECS, st.lists(OVERLAYS, max_size=4))
@settings(max_examples=400)
def test_a_failure_leaves_the_tree_and_names_an_overlay(text: str, overlays: list[Overlay]) -> None:
    tree = tree_of(text)
    before = msgspec.json.encode(tree)
    result: Any = applied(tree, overlays)
    assert msgspec.json.encode(tree) == before
    if is_failure(result):
        assert all(problem.kind is Kind.OVERLAY and problem.where.file == "o.toml" and problem.what for problem in result)
    else:
        assert {change.where.line for change in result[1][:-1]} == set(range(1, len(overlays) + 1))


@given(SPECS, st.lists(OVERLAYS, min_size=1, max_size=4))
@settings(max_examples=400)
def test_in_order_is_one_by_one(text: str, overlays: list[Overlay]) -> None:
    whole: Any = applied(tree_of(text), overlays)
    tree = tree_of(text)
    for overlay in overlays:
        step: Any = applied(tree, [overlay])
        if is_failure(step):
            assert is_failure(whole)
            return
        tree = without_note(step[0])
    assert without_note(whole[0]) == tree


TWO_TO_ONE_NAME: list[Overlay] = [FileRename(file=name, replacement="z.conf") for name in ("*.patch", "run.sh")]


@given(SPECS, st.lists(OVERLAYS, max_size=3))
@example("", TWO_TO_ONE_NAME)
def test_changes_tell_the_whole_story(text: str, overlays: list[Overlay]) -> None:
    tree = tree_of(text)
    result: Any = applied(tree, overlays, macros={"x": "1"})
    if is_failure(result):
        return
    after, changes = result
    contents = {name: file.content for name, file in tree.files.items()}
    for change in changes:
        assert contents.pop(change.file, None) == change.before
        if change.after is not None:
            contents[change.renamed_to or change.file] = change.after
    assert contents == {name: file.content for name, file in after.files.items()}
    told = [change for change in changes if change.file == "a.spec" and not change.renamed_to]
    assert len(blame(tree.files["a.spec"].content, tuple(told))) == len(after.text.splitlines())


@given(SPECS, NAMES, PACKAGES)
def test_setting_a_tag_twice_is_setting_it_once(text: str, name: str, package: str) -> None:
    overlay = SpecSetTag(tag=name, value="v", package=package)
    once: Any = applied(tree_of(text), [overlay])
    twice: Any = applied(tree_of(text), [overlay, overlay])
    assert is_failure(once) == is_failure(twice)
    if not is_failure(once):
        assert once[0] == twice[0]
        document = parse(once[0].text, "a.spec")
        found = [tag for tag in tags(document, lambda section: section.header.package == package) if tag.name == name]
        assert found
        assert all(tag.value == "v" for tag in found)


@given(SPECS, st.lists(OVERLAYS, max_size=3))
def test_modes_stay_and_new_files_are_not_executable(text: str, overlays: list[Overlay]) -> None:
    result: Any = applied(
        tree_of(text), [each for each in overlays if not isinstance(each, FileRename | FileRemove | PatchRemove)]
    )
    if not is_failure(result):
        modes = {name: file.mode for name, file in result[0].files.items()}
        assert modes == {**dict.fromkeys(modes, 0o644), "run.sh": 0o755}


@given(SPECS)
def test_every_line_ends_and_the_note_is_on_top(text: str) -> None:
    result: Any = applied(tree_of(text), [])
    content = result[0].files["a.spec"].content
    assert content.endswith(b"\n")
    assert b"\r\n" not in content
    assert content.decode().split("\n")[:2] == list(result[1][0].after.decode().split("\n")[:2])
    assert [change.where for change in result[1]] == [HERE]


@given(st.lists(LINES, min_size=1, max_size=90), REGEX)
def test_searching_a_section_at_once_misses_no_line(lines: list[str], regex: str) -> None:
    document = parse("\n".join([*lines, "end"]), "a.spec")
    overlay = SpecSearchReplace(regex=regex.removeprefix("\\A"), replacement="<>")
    there = {
        index
        for index, line in enumerate(document.lines)
        if not is_failure(applied_to_line(line, overlay)) and not line.startswith("%")
    }
    assert there <= set(_touched(overlay, document, range(len(document.lines))))


def applied_to_line(line: str, overlay: Overlay) -> Any:
    return applied(tree_of(f"%check\n{line}"), [overlay])


def test_the_store_is_not_asked_without_archives(tmp_path: Any) -> None:
    store = Store(tmp_path)
    apply_compat(tree_of("Name: a\n"), [FileRemove(file="*", archive="a.tar.gz")], store, where=HERE, with_archives=False)
    assert not list(tmp_path.iterdir())
