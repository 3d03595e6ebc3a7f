"""Compat's ground: Go's text, regexes and globs, the tar that azldev packs, and what is refused."""

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from headwater.config.overlays import (
    FileAdd,
    FileRemove,
    FileRename,
    FileSearchReplace,
    Overlay,
    SpecAppendLines,
    SpecPrependLines,
    SpecRemoveTag,
    SpecSearchReplace,
    SpecSetTag,
)
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.overlay import apply_compat, merge_macros
from headwater.overlay.compat.document import Header, header_of, parse
from headwater.overlay.compat.globs import compile_glob
from headwater.overlay.compat.go_regex import compile_go, replace_all
from headwater.overlay.compat.listing import find, list_files
from headwater.overlay.compat.steps import macro_file_name
from headwater.overlay.compat.text import LONGEST, fold, lower, read_lines, words
from headwater.store import Store
from headwater.upstream.model import Archive, LooseFile, Pin, SourceTree

HERE = Origin(file="headwater.toml", line=1)
THERE = Origin(file="headwater.toml", line=7)
OVERLAY = FileRemove(file="x", where=THERE)
# What azldev's binary packs of the archive below after the same overlay; a tar without compression is the same to the byte.
PACKED_BY_AZLDEV = "8bf826603d6874cf0704bac9b3f69b89e31d5d6c16c76433528d0ec64ccfd6b8"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("\n", [""]),
        ("a", ["a"]),
        ("a\r\nb\r", ["a", "b"]),
        ("a\r\r\n\r", ["a\r", ""]),
        ("a\rb\x0bc\x85d\u2028e\n", ["a\rb\x0bc\x85d\u2028e"]),
    ],
)
def test_lines_are_those_of_go(text: str, lines: list[str]) -> None:
    assert read_lines(text) == lines


@pytest.mark.parametrize(("letter", "bytes_of_it"), [("x", 1), ("\u00fc", 2), ("\udcff", 1)])
def test_a_line_of_64_kib_is_too_long(letter: str, bytes_of_it: int) -> None:
    line = letter * (LONGEST // bytes_of_it) + "x" * (LONGEST % bytes_of_it)
    assert read_lines(f"a\n{line}\n") == ["a", line]
    with pytest.raises(Failure) as caught:
        apply_compat(tree_of(f"a\nx{line}\n"), [SpecSetTag(tag="a", value="b", where=THERE)], no_store(), where=HERE)
    [problem] = caught.value.problems
    assert (problem.kind, problem.where) == (Kind.SPEC, THERE)


def test_white_space_and_letters_are_those_of_go() -> None:
    assert words("\x0ba\u00a0b\u2003\x1cc\x85d") == ["a", "b", "\x1cc", "d"]
    assert lower("\u0130Source\u03a3") == "isource\u03c3"
    assert fold("\u00df\u017f\u212a") == fold("\u1e9eSk")


@pytest.mark.parametrize(
    ("line", "header"),
    [
        ("%build", Header("%build", "")),
        ("\t%Build -a", Header("%Build", "")),
        ("%files -n a -f list libs", Header("%files", "a")),
        ("%post -p /bin/sh libs more", Header("%post", "libs")),
        ("%triggerin -- bash", Header("%triggerin", "")),
        ("%changelog devel", Header("%changelog", "")),
        ("%package -n", Header("%package", "")),
        ("%files\u00a0devel", Header("%files", "devel")),
        ("%check\nfoo", Header("%check", "foo")),
        ("%verifyscript", None),
        ("%builds", None),
        ("#%build", None),
        ("make %build", None),
    ],
)
def test_headers(line: str, header: Header | None) -> None:
    assert header_of(line) == header


def test_sections_of_a_large_spec_are_found() -> None:
    document = parse("Name: a\n" + "%package p\nRequires: q\n" * 20_000, "a.spec")
    assert len(document.sections) == 20_001
    assert document.sections[-1].end == 40_001


@pytest.mark.parametrize(
    ("regex", "replacement", "text", "result"),
    [
        ("x*", "-", "axb", "-a-b-"),
        ("x*", "-", "\u00e9\udcff", "-\u00e9-\udcff-"),
        (r"\B", "-", "\u00e9a", "-\u00e9a"),
        (".", "<>", "\u00e9\udcff\U0001d11e", "<><><>"),
        ("$", r"$1\1", "a\n", "a\n$1\\1"),
        ("[^a]", "", "a\udcffb", "a"),
    ],
)
def test_regexes_are_go_s(regex: str, replacement: str, text: str, result: str) -> None:
    assert replace_all(compile_go(OVERLAY, regex), replacement, text) == result


@pytest.mark.parametrize("regex", [r"\C", r"a\\\C", "(?=a)", "(", "a{1,1001}"])
def test_regexes_that_go_refuses(regex: str) -> None:
    with pytest.raises(Failure) as caught:
        compile_go(OVERLAY, regex)
    assert caught.value.problems[0].where == THERE


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("*.patch", ["a.patch", ".patch"], ["d/a.patch", "https://e.org/a.patch"]),
        ("**/*.patch", ["a.patch", "https://e.org/a.patch"], ["a.patch.gz"]),
        ("**", ["a", "a/b"], []),
        ("a**", ["ab", "a"], ["a/b"]),
        ("a/**", ["a", "a/b/c"], ["b"]),
        ("{a,}b", ["ab", "b"], ["cb"]),
        ("[!a]", ["b", "/"], ["a"]),
        ("[a-c-]", ["b", "-"], ["d"]),
        ("[c-a]", [], ["b"]),
        (r"\*[\]]", ["*]"], ["a]"]),
        ("%{name}*", [], ["%{name}-a"]),
    ],
)
def test_globs_match_values(glob: str, yes: list[str], no: list[str]) -> None:
    pattern = compile_glob(OVERLAY, glob)
    assert all(map(pattern.match, yes))
    assert not any(map(pattern.match, no))


@pytest.mark.timeout(10)
def test_a_hostile_value_does_not_keep_a_glob_busy() -> None:
    assert not compile_glob(OVERLAY, "**/*-*-*-*-*.{patch,diff}").match("-/-" * 20_000)


@pytest.mark.parametrize("glob", ["[", "[]", "{a", "a}", "a\\", "[!", "a\0"])
def test_globs_that_are_none(glob: str) -> None:
    with pytest.raises(Failure) as caught:
        compile_glob(OVERLAY, glob)
    assert caught.value.problems[0].where == THERE


LISTING = list_files(
    ["a.c", "d/a.c", "d/e/b.c", "x.spec", ".git/c.c", r"f\x2d.c", "to-d", "to-a", "lost", "up"],
    ["empty"],
    {"to-d": "d", "to-a": "d/../a.c", "lost": "nothing", "up": "../etc"},
)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.c", ["a.c", r"f\x2d.c"]),
        ("**/*.c", ["a.c", r"f\x2d.c", "d/a.c", "d/e/b.c"]),
        ("d/**", ["d/a.c", "d/e/b.c"]),
        ("**/**/b.c", ["d/e/b.c"] * 3),
        ("{a,x}.c", ["a.c"]),
        (r"f\x2d.c", [r"f\x2d.c"]),
        ("./d/../*.c", ["a.c", r"f\x2d.c"]),
        ("/a.c", ["a.c"]),
        ("a.c/", ["a.c"]),
        ("*.spec", []),
        ("to-a", ["to-a"]),
        ("to-d", []),
        ("to-?", ["to-a", "to-d"]),
        ("to-d/*", ["d/a.c"]),
        ("*/e/*", ["d/e/b.c"]),
        ("d", []),
        ("lost", []),
        ("empty/**", []),
        ("none/*", []),
    ],
)
def test_globs_find_files(pattern: str, found: list[str]) -> None:
    assert sorted(find(OVERLAY, LISTING, pattern)) == sorted(found)


def test_the_last_alternative_is_not_empty_for_files() -> None:
    assert find(OVERLAY, list_files(["a.c", ".c"]), "{a,}.c") == ["a.c"]
    assert find(OVERLAY, list_files(["a.c", ".c"]), "{,a}.c") == [".c", "a.c"]


@pytest.mark.parametrize("pattern", ["../a.c", "../*", "a.c/*", "up", "{a.c,d}/x", "{" + "{a,b}," * 400 + "c}{1,2,3}"])
def test_globs_that_lead_astray(pattern: str) -> None:
    with pytest.raises(Failure) as caught:
        find(OVERLAY, LISTING, pattern)
    assert caught.value.problems[0].where == THERE


def test_links_that_lead_to_one_another_end() -> None:
    with pytest.raises(Failure):
        find(OVERLAY, list_files(["a", "b"], (), {"a": "b", "b": "a"}), "a")


def test_macros_win_in_azldev_s_order() -> None:
    merged = merge_macros(["tls", "x"], ["x"], {"_with_tls": "0", "a": "b"}, ["_without_x", "c"])
    assert merged == {"_with_tls": "0", "_with_x": "1", "a": "b"}


@pytest.mark.parametrize("component", ["a b", "a%b", "a/b", "a~b"])
def test_a_component_whose_name_can_not_stand_in_a_spec(component: str) -> None:
    with pytest.raises(Failure) as caught:
        macro_file_name(component, HERE)
    assert (caught.value.kind, caught.value.problems[0].where) == (Kind.OVERLAY, HERE)


def test_lines_that_azldev_would_never_end_with() -> None:
    overlay = SpecPrependLines(section="%check", lines=("true", " %check "), where=THERE)
    assert refused(tree_of("%check\n"), [overlay]) == [(Kind.OVERLAY, THERE)]


def test_every_overlay_that_fails_is_told() -> None:
    overlays: list[Overlay] = [
        SpecRemoveTag(tag="License", where=Origin(file="a", line=1)),
        SpecSetTag(tag="License", value="MIT", where=Origin(file="a", line=2)),
        SpecSearchReplace(regex="wet", where=Origin(file="a", line=3)),
    ]
    found = refused(tree_of("Name: a\n"), overlays, skip_check_reason="No network")
    assert found == [(Kind.OVERLAY, Origin(file="a", line=1)), (Kind.OVERLAY, Origin(file="a", line=3)), (Kind.OVERLAY, HERE)]


def test_a_problem_tells_the_nearest_line_of_the_spec() -> None:
    with pytest.raises(Failure) as caught:
        apply_compat(tree_of("Name: a\nLicence: MIT\n"), [SpecRemoveTag(tag="License", where=THERE)], no_store(), where=HERE)
    [problem] = caught.value.problems
    assert problem.where == THERE
    assert "line 2 of `a.spec`" in problem.why


@pytest.mark.parametrize(("section", "hint"), [("%file", "did you mean `%files`?"), ("%check", "spell section and package")])
def test_a_section_that_is_not_there_is_told_with_the_nearest(section: str, hint: str) -> None:
    overlay = SpecAppendLines(section=section, lines=("x",), where=THERE)
    with pytest.raises(Failure) as caught:
        apply_compat(tree_of("Name: a\n\n%files\n/a\n"), [overlay], no_store(), where=HERE)
    [problem] = caught.value.problems
    assert problem.hint.startswith(hint)


def test_the_list_of_archives_is_a_file_to_overlays() -> None:
    tree = tree_of("Name: a\n", sources="SHA512 (a.tar) = 00\n")
    edit = FileSearchReplace(file="**/*", regex="00", replacement="ff", where=THERE)
    after, changes = apply_compat(tree, [edit], no_store(), where=HERE, with_archives=False)
    assert after.sources == "SHA512 (a.tar) = ff\n"
    assert list(after.files) == ["a.spec"]
    assert changes[0].file == "sources"
    assert refused(tree, [FileAdd(file="sources", source=__file__, where=THERE)]) == [(Kind.OVERLAY, THERE)]


def test_archives_are_found_where_they_are_there() -> None:
    archive = Archive(digest="0" * 64, sha512="1" * 128, size=9)
    tree = tree_of("Name: a\n", archives={"a.tar": archive})
    gone, changes = apply_compat(tree, [FileRemove(file="*.tar", where=THERE)], no_store(), where=HERE)
    assert not gone.archives
    assert changes[0].before
    renamed, _ = apply_compat(tree, [FileRename(file="a.tar", replacement="b.tar", where=THERE)], no_store(), where=HERE)
    assert renamed.archives == {"b.tar": archive}
    assert refused(tree, [FileRemove(file="*.tar", where=THERE)], with_archives=False) == [(Kind.OVERLAY, THERE)]


def test_a_tar_has_the_bytes_that_azldev_gives_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    tree = packed_tree(store, members())
    edit = FileSearchReplace(archive="a.tar", file="**/*.c", regex="wet", replacement="dry", where=THERE)
    after, changes = apply_compat(tree, [edit], store, where=HERE)
    packed = store.read(after.archives["a.tar"].digest)
    assert hashlib.sha256(packed).hexdigest() == PACKED_BY_AZLDEV
    assert after.archives["a.tar"].sha512 == hashlib.sha512(packed).hexdigest()
    assert [(change.archive, change.file) for change in changes[:-1]] == [("a.tar", "b/a.c")]


@pytest.mark.parametrize("kind", [tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_members_that_azldev_can_not_pack_again(kind: bytes, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    odd = tarfile.TarInfo("top/odd")
    odd.type, odd.linkname = kind, "top/b/a.c"
    tree = packed_tree(store, [*members(), (odd, b"")])
    with pytest.raises(Failure) as caught:
        apply_compat(tree, [FileRemove(archive="a.tar", file="b/a.c", where=THERE)], store, where=HERE)
    assert caught.value.problems[0].where == THERE
    assert not list(store.results())


def members() -> list[tuple[tarfile.TarInfo, bytes]]:
    file = tarfile.TarInfo("top/b/a.c")
    file.mode = 0o755
    long = tarfile.TarInfo("top/" + "long/" * 25 + "a.h")
    link = tarfile.TarInfo("top/b-link")
    link.type, link.linkname = tarfile.SYMTYPE, "b/a.c"
    folder = tarfile.TarInfo("top/empty")
    folder.type, folder.mode = tarfile.DIRTYPE, 0o700
    return [(link, b""), (long, b"int dry;\n"), (folder, b""), (file, b"int wet;\n")]


def packed_tree(store: Store, inside: list[tuple[tarfile.TarInfo, bytes]]) -> SourceTree:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for member, content in inside:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    blob = store.add_bytes(packed.getvalue())
    archive = Archive(digest=blob.digest, sha512=hashlib.sha512(packed.getvalue()).hexdigest(), size=blob.size)
    return tree_of("Name: a\n", archives={"a.tar": archive})


def refused(tree: SourceTree, overlays: list[Overlay], **more: Any) -> list[tuple[Kind, Origin | None]]:
    with pytest.raises(Failure) as caught:
        apply_compat(tree, overlays, no_store(), where=HERE, **more)
    return [(problem.kind, problem.where) for problem in caught.value.problems]


def tree_of(text: str, **more: Any) -> SourceTree:
    files = {"a.spec": LooseFile(content=text.encode(errors="surrogateescape"))}
    return SourceTree(component="a", spec="a.spec", files=files, pin=Pin(kind="local", name="a", digest=""), **more)


def no_store() -> Any:
    """Nothing of what is applied asks for one."""
    return None
