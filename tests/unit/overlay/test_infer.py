"""Inferred overlays lead from one spec to the other exactly, or say what they lack; whatever the specs are."""

import os
import tempfile
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.cli.output import clean
from headwater.config import load
from headwater.config.overlays import (
    FileAdd,
    FilePrependLines,
    FileRemove,
    FileRename,
    FileSearchReplace,
    Overlay,
    PatchRemove,
    SpecAppendLines,
    SpecInsertTag,
    SpecPrependLines,
    SpecRemoveSection,
    SpecRemoveSubpackage,
    SpecRemoveTag,
    SpecSearchReplace,
    SpecUpdateTag,
)
from headwater.errors import Failure, Kind
from headwater.overlay import apply
from headwater.overlay.infer import Inference, copy_brought, infer, read_folder, write_overlays
from headwater.overlay.infer.write import write_text
from headwater.store import Store

SPEC = """\
Name:           brook
Version:        1.0
Release:        1%{?dist}
Summary:        Water
License:        MIT
Source0:        brook-%{version}.tar.gz
Patch0:         deep.patch
BuildRequires:  gcc
BuildRequires:  make

%description
Flows.

%package devel
Summary:        Headers
Requires:       %{name} = %{version}

%description devel
Headers.

%prep
%autosetup -p1

%build
%configure --disable-static
make
# make twice
make

%install
make install

%check
make check

%files
%{_bindir}/brook
%{_libdir}/libbrook.so.1

%files devel
%{_includedir}/brook.h

%changelog
* Mon Jan 01 2024 A <a@example.org> - 1.0-1
- First
"""
PROJECT = """\
[project]
default-distro = { name = "brook" }

[distros.brook]
description = "Brook"
default-version = "1"

[distros.brook.versions.1]
release-ver = "1"

[components.brook]
spec = { type = "local", path = "brook.spec" }

"""
LINES = st.sampled_from(
    [
        *SPEC.splitlines(),
        *("%if 1", "%else", "%endif", "%global m x", "%define n \\", "  body", "%{expand:", "}", "%ldconfig_scriptlets"),
        *(
            "%patchlist",
            "z.patch",
            "Patch9:\tz.patch",
            "%patch -P 9",
            "%setup -q",
            "Requires(post): b",
            "",
            "",
            "# ünïcode",
            "\ttab",
        ),
        *("a\udcffb", "x'''y", 'quote "q" \\ back', "trailing ", "%files -n other", "Summary: Wasser"),
    ]
)


class NoStore(Store):
    def __init__(self) -> None:
        """Nothing here is in an archive."""


def write(folder: Path, spec: str, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    (folder / "brook.spec").write_bytes(spec.encode(errors="surrogateescape"))
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def read_back(toml: str) -> tuple[Overlay, ...]:
    tables = tomllib.loads(toml)
    return msgspec.convert(tables["components"]["brook"]["overlays"], tuple[Overlay, ...]) if tables else ()


def infer_texts(root: Path, before: str, after: str, *files: dict[str, bytes]) -> Inference:
    one = write(root / "a", before, files[0] if files else {})
    other = write(root / "b", after, files[1] if files else {})
    return infer("brook", one, other, NoStore())


def infer_edit(tmp_path: Path, old: str, new: str) -> Inference:
    """What is inferred for the spec above with one edit."""
    assert old in SPEC
    return infer_texts(tmp_path, SPEC, SPEC.replace(old, new, 1))


def prove(found: Inference, root: Path) -> None:
    """TOML reads back as the same overlays, and they make the second folder out of the first, or there is a gap."""
    overlays = read_back(write_overlays("brook", found.overlays))
    assert overlays == found.overlays
    made, changes = apply(read_folder("brook", root / "a").tree, overlays, NoStore())
    assert (made.files == read_folder("brook", root / "b").tree.files) is not bool(found.gaps)
    assert len({id(change) for change in changes}) >= len(overlays)
    assert all(overlay.description.startswith("TODO: why ") for overlay in overlays)


def edit(lines: list[str], data: st.DataObject) -> list[str]:
    edited = list(lines)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(edited)))
        stop = data.draw(st.integers(at, min(len(edited), at + 3)))
        edited[at:stop] = data.draw(st.lists(LINES, max_size=3))
    return edited


@settings(max_examples=300)
@given(st.just(SPEC.splitlines()) | st.lists(LINES, max_size=30), st.data())
def test_any_edits_of_any_lines(lines: list[str], data: st.DataObject) -> None:
    edited = edit(lines, data)
    ends = data.draw(st.sampled_from([("\n", "\n"), ("\n", ""), ("", "\n"), ("\r\n", "\r\n")]))
    names = st.sets(st.sampled_from(["deep.patch", "z.patch", "x.c"]))
    files = [{name: data.draw(st.sampled_from([b"1\n", b"2", b"\xff\0"])) for name in data.draw(names)} for _ in range(2)]
    texts = [("\r\n" if end == "\r\n" else "\n").join(side) + end for side, end in zip((lines, edited), ends, strict=True)]
    with tempfile.TemporaryDirectory() as place:
        found = infer_texts(Path(place), *texts, *files)
        prove(found, Path(place))
        if ends == ("\n", "\n") and "\udcff" not in "".join(texts):
            assert not found.gaps


@given(st.text() | st.text(alphabet="'\"\\\n\t \xa0\u200b\r{}%a#"))
def test_text_reads_back_and_is_seen(text: str) -> None:
    written = write_text(text)
    assert tomllib.loads(f"text = {written}") == {"text": text}
    assert clean(written) == written


KINDS = [
    ("Version:        1.0", "Version:        1.1", [SpecUpdateTag]),
    ("License:        MIT\n", "", [SpecRemoveTag]),
    ("BuildRequires:  gcc\n", "", [SpecRemoveTag]),
    ("BuildRequires:  make\n", "BuildRequires:  make\nBuildRequires:  zlib-devel\n", [SpecInsertTag]),
    ("%{version}\n\n%description devel", "%{version}\nRequires:       zlib\n\n%description devel", [SpecInsertTag]),
    (SPEC[SPEC.index("%check") : SPEC.index("%files")], "", [SpecRemoveSection]),
    ("* Mon Jan", "* Tue Feb 06 2024 B <b@example.org> - 1.0-2\n- Second\n\n* Mon Jan", [SpecPrependLines]),
    ("make install\n", "make install\nrm -r %{buildroot}/tmp\n", [SpecAppendLines]),
    ("%build\n", "%build\nexport LANG=C\n", [SpecPrependLines]),
    ("Flows.\n", "Flows.\n\n%package doc\nSummary: Pages\n\n%description doc\nPages.\n", [SpecAppendLines]),
    ("--disable-static", "--enable-static", [SpecSearchReplace]),
    ("# make twice", "# make it twice\n# or more", [SpecSearchReplace]),
    ("%package devel\nSummary:        Headers\n", "%package devel\nSummary:        Headers for brook\n", [SpecUpdateTag]),
    ("BuildRequires:  gcc\n", "BuildRequires:  clang\n", [SpecSearchReplace]),
]


@pytest.mark.parametrize(("old", "new", "kinds"), KINDS)
def test_one_edit_is_one_overlay_of_the_kind_that_means_it(tmp_path: Path, old: str, new: str, kinds: list[type]) -> None:
    found = infer_edit(tmp_path, old, new)
    prove(found, tmp_path)
    assert not found.gaps
    assert [type(overlay) for overlay in found.overlays] == kinds


def test_a_subpackage_that_is_gone(tmp_path: Path) -> None:
    start, stop = SPEC.index("%package devel"), SPEC.index("%prep")
    after = (SPEC[:start] + SPEC[stop:]).replace("%files devel\n%{_includedir}/brook.h\n\n", "")
    found = infer_texts(tmp_path, SPEC, after)
    prove(found, tmp_path)
    assert [type(overlay) for overlay in found.overlays] == [SpecRemoveSubpackage]


def test_the_same_folder_needs_no_overlay(tmp_path: Path) -> None:
    assert infer_texts(tmp_path, SPEC, SPEC) == Inference(overlays=(), gaps=())


def test_files_beside_the_spec(tmp_path: Path) -> None:
    before = {"a.txt": b"1\n2\n", "gone": b"x", "old.conf": b"y", "whole.bin": b"\0\1", "deep.patch": b"-\n"}
    after = {"a.txt": b"1\n3\n", "new.conf": b"y", "whole.bin": b"\0\2", "more": b"z", "deep.patch": b"-\n"}
    found = infer_texts(tmp_path, SPEC, SPEC, before, after)
    prove(found, tmp_path)
    assert not found.gaps
    kinds = [FileRename, FileSearchReplace, FileRemove, FileAdd, FileRemove, FileAdd]
    assert [type(overlay) for overlay in found.overlays] == kinds


def test_lines_on_top_of_a_file(tmp_path: Path) -> None:
    found = infer_texts(tmp_path, SPEC, SPEC, {"a.c": b"int x;\n"}, {"a.c": b"/* a */\nint x;\n"})
    prove(found, tmp_path)
    assert [type(overlay) for overlay in found.overlays] == [FilePrependLines]


def test_many_patches_go_by_one_glob(tmp_path: Path) -> None:
    names = [f"fix-{number}.patch" for number in range(1, 6)]
    tags = "".join(f"Patch{number}:         {name}\n" for number, name in enumerate(names, 1))
    one = {"deep.patch": b"-\n"}
    found = infer_texts(tmp_path, SPEC.replace("BuildReq", f"{tags}BuildReq", 1), SPEC, one | dict.fromkeys(names, b"-\n"), one)
    prove(found, tmp_path)
    assert [(type(overlay), overlay.file) for overlay in found.overlays] == [(PatchRemove, "fix-*.patch")]


def test_archives_and_their_list_are_told_and_not_overlaid(tmp_path: Path) -> None:
    before, after = {"brook-1.tar.gz": b"1", "same.tar.xz": b"2"}, {"same.tar.xz": b"2", "sources": b"SHA512 (x) = 1\n"}
    found = infer_texts(tmp_path, SPEC, SPEC, before, after)
    assert not found.overlays
    assert [gap.file for gap in found.gaps] == ["brook-1.tar.gz", "sources"]


def test_a_blank_line_may_be_left_unsaid(tmp_path: Path) -> None:
    found = infer_edit(tmp_path, "make\n\n%description", "make\n%description")
    prove(found, tmp_path)
    assert all(gap.is_blank and gap.line == 10 for gap in found.gaps)


def test_what_is_written_loads_in_a_project(tmp_path: Path) -> None:
    """The format's own checks pass, and what is loaded makes the second folder out of the first."""
    after = SPEC.replace("Version:        1.0", "Version:        1.1")
    after = after.replace("deep.patch\n", "deep.patch\nPatch1: cold's.patch\n")
    after = after.replace("make\n", "make -j1\n").replace("%check\nmake check\n", "").replace("brook.so.1", "brook.so.2\t# 'x'")
    files = {"deep.patch": b"-\n"}
    found = infer_texts(tmp_path, SPEC, after, files, {**files, "cold's.patch": b"+\n", "x y": b"1"})
    found = copy_brought(found, tmp_path / "project" / "brook")
    (tmp_path / "project" / "brook.spec").write_text(SPEC)
    (tmp_path / "project" / "headwater.toml").write_text(PROJECT + write_overlays("brook", found.overlays))
    loaded = load(tmp_path / "project" / "headwater.toml").components["brook"].overlays
    made, _ = apply(read_folder("brook", tmp_path / "a").tree, loaded, NoStore())
    assert made.files == read_folder("brook", tmp_path / "b").tree.files


def test_a_file_of_other_content_is_not_written_over(tmp_path: Path) -> None:
    found = infer_texts(tmp_path, SPEC, SPEC, {}, {"new": b"1"})
    copied = copy_brought(found, tmp_path / "out")
    assert copy_brought(found, tmp_path / "out") == copied
    assert [overlay.source for overlay in copied.overlays if isinstance(overlay, FileAdd)] == ["out/new"]
    (tmp_path / "out" / "new").write_bytes(b"2")
    with pytest.raises(Failure) as caught:
        copy_brought(found, tmp_path / "out")
    assert caught.value.kind is Kind.USAGE
    assert (tmp_path / "out" / "new").read_bytes() == b"2"


def test_a_script_stays_executable(tmp_path: Path) -> None:
    for side, mode in (("a", 0o644), ("b", 0o755)):
        write(tmp_path / side, SPEC, {"run.sh": b"#!/bin/sh\n"})
        (tmp_path / side / "run.sh").chmod(mode)
    found = infer("brook", tmp_path / "a", tmp_path / "b", NoStore())
    prove(found, tmp_path)
    assert not found.gaps
    copied = copy_brought(found, tmp_path / "out")
    assert Path(copied.brought["run.sh"]) == Path("out/run.sh")
    assert (tmp_path / "out" / "run.sh").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("fault", ["none", "no spec", "two specs", "a link that leads out", "a pipe"])
def test_folders_that_are_none_of_a_spec(tmp_path: Path, fault: str) -> None:
    place = tmp_path / "a"
    if fault != "none":
        place.mkdir()
    if fault == "two specs":
        (place / "x.spec").write_text("")
        (place / "y.spec").write_text("")
    if fault == "a link that leads out":
        write(tmp_path / "b", SPEC, {})
        (place / "brook.spec").symlink_to(tmp_path / "b" / "brook.spec")
    if fault == "a pipe":
        os.mkfifo(place / "brook.spec")
    with pytest.raises(Failure) as caught:
        read_folder("brook", place)
    assert caught.value.kind is Kind.SOURCE
