"""Each case of tests/golden/overlay/KIND/CASE: input and overlay.toml give what is expected, or the fault the case is named by.

Those of tests/golden/overlay-compat are applied as azldev does. There overlay.toml may also say `macros`, `skip-check` (a
reason) and `with-archives`, and a fault on line 0 is that of the component.

HEADWATER_WRITE_GOLDEN=1 writes what is expected anew, to be read before it is committed.
"""

import os
import shutil
import tarfile
import tomllib
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from headwater.config.overlays import FileAdd, Overlay, PatchAdd
from headwater.digest import digest_file
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.overlay import Change, apply, apply_compat, hunks
from headwater.store import Store
from headwater.upstream.model import Archive, LooseFile, Pin, SourceTree

ROOT = Path(__file__).parent
MODES = ("overlay", "overlay-compat")
CASES = {mode: sorted(path.parent for path in (ROOT / mode).glob("*/*/overlay.toml")) for mode in MODES}
ALL = [case for mode in MODES for case in CASES[mode]]
ASKED_BY_ITSELF = {"build-table", "every-spec"}  # of compat: no kinds, but what azldev does of its own accord
COMPONENT = Origin(file="overlay.toml")
WRITE = os.environ.get("HEADWATER_WRITE_GOLDEN") == "1"


def ids(case: Path) -> str:
    return str(case.relative_to(ROOT))


@pytest.mark.parametrize("case", ALL, ids=ids)
def test_overlay(case: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    tree = input_tree(case, store, tmp_path)
    fault = case / "fault.toml"
    if fault.exists():
        expected = tomllib.loads(fault.read_text())
        with pytest.raises(Failure) as caught:
            applied(case, tree, store)
        [problem] = caught.value.problems
        assert problem.kind is Kind[expected["kind"]]
        assert problem.where == Origin(file="overlay.toml", line=expected["line"])
        assert problem.what
        return
    result, changes = applied(case, tree, store)
    if WRITE:
        write(case, result, store)
    assert result.files[result.spec].content == (case / "expected.spec").read_bytes()
    assert loose(result) == loose_files(case / "expected")
    for name, archive in result.archives.items():
        assert contents(store.path(archive.digest)) == folder(case / "expected-archives" / name)
        assert digest_file(store.path(archive.digest), "sha512") == archive.sha512
    asked = {overlay.where for overlay in overlays(case)}
    if is_compat(case):
        assert asked <= {change.where for change in changes} | left_out(case)
        assert changes[-1].where == COMPONENT
        return
    assert {change.where for change in changes} == asked
    assert all(hunks(change) or change.renamed_to for change in changes)


@pytest.mark.parametrize("mode", MODES)
def test_every_kind_has_a_good_and_a_bad_case(mode: str) -> None:
    kinds = {path.name for path in (ROOT / mode).iterdir()}
    assert kinds - ASKED_BY_ITSELF == {str(kind.__struct_config__.tag) for kind in get_args(Overlay)}
    for kind in kinds - ASKED_BY_ITSELF:
        cases = [case for case in CASES[mode] if case.parent.name == kind]
        assert {(case / "fault.toml").exists() for case in cases} == {True, False}, kind


def applied(case: Path, tree: SourceTree, store: Store) -> tuple[SourceTree, tuple[Change, ...]]:
    if not is_compat(case):
        return apply(tree, overlays(case), store)
    said = tomllib.loads((case / "overlay.toml").read_text())
    return apply_compat(
        tree,
        overlays(case),
        store,
        where=COMPONENT,
        macros=said.get("macros", {}),
        skip_check_reason=said.get("skip-check"),
        with_archives=said.get("with-archives", True),
    )


def is_compat(case: Path) -> bool:
    return case.parent.parent.name == "overlay-compat"


def left_out(case: Path) -> set[Origin | None]:
    """Overlays on archives that are not there."""
    if tomllib.loads((case / "overlay.toml").read_text()).get("with-archives", True):
        return set()
    return {overlay.where for overlay in overlays(case) if getattr(overlay, "archive", "")}


def overlays(case: Path) -> list[Overlay]:
    text = (case / "overlay.toml").read_text()
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line == "[[overlays]]"]
    raw = msgspec.convert(tomllib.loads(text).get("overlays", []), list[Overlay])
    placed = [
        msgspec.structs.replace(overlay, where=Origin(file="overlay.toml", line=line))
        for overlay, line in zip(raw, lines, strict=True)
    ]
    return [
        msgspec.structs.replace(overlay, source=str(case / overlay.source))
        if isinstance(overlay, PatchAdd | FileAdd)
        else overlay
        for overlay in placed
    ]


def input_tree(case: Path, store: Store, scratch: Path) -> SourceTree:
    spec = LooseFile(content=(case / "input.spec").read_bytes())
    files = {"brook.spec": spec, **{name: LooseFile(content=a, mode=m) for name, (a, m) in loose_files(case / "input").items()}}
    archives = {}
    for path in sorted((case / "input-archives").glob("*")):
        packed = scratch / path.name
        with tarfile.open(packed, f"w:{path.suffix[1:]}") as tar:
            for member in sorted(path.iterdir()):
                tar.add(member, member.name)
        blob = store.add_file(packed)
        archives[path.name] = Archive(digest=blob.digest, sha512=digest_file(packed, "sha512"), size=blob.size)
    return SourceTree(
        component="brook", spec="brook.spec", files=files, archives=archives, pin=Pin(kind="local", name="brook", digest="")
    )


def write(case: Path, result: SourceTree, store: Store) -> None:
    (case / "expected.spec").write_bytes(result.files[result.spec].content)
    for old in ("expected", "expected-archives"):
        shutil.rmtree(case / old, ignore_errors=True)
    for name, (content, mode) in loose(result).items():
        place = case / "expected" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(mode)
    for name, archive in result.archives.items():
        for member, content in contents(store.path(archive.digest)).items():
            place = case / "expected-archives" / name / member
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)


def loose(tree: SourceTree) -> dict[str, tuple[bytes, int]]:
    return {name: (file.content, file.mode) for name, file in tree.files.items() if name != tree.spec}


def loose_files(root: Path) -> dict[str, tuple[bytes, int]]:
    paths = {str(path.relative_to(root)): path for path in sorted(root.rglob("*")) if path.is_file()}
    return {name: (path.read_bytes(), 0o755 if path.stat().st_mode & 0o100 else 0o644) for name, path in paths.items()}


def folder(root: Path) -> dict[str, bytes]:
    return {name: content for name, (content, _) in loose_files(root).items()}


def contents(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isreg()}
