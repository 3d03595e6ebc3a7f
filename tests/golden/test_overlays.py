"""Each case of tests/golden/overlay/KIND/CASE: input and overlay.toml give what is expected, or the fault the case is named by.

HEADWATER_WRITE_GOLDEN=1 writes what is expected anew, to be read before it is committed.
"""

import os
import shutil
import tarfile
import tomllib
from pathlib import Path

import msgspec
import pytest

from headwater.config.overlays import FileAdd, Overlay, PatchAdd
from headwater.digest import digest_file
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.overlay import apply
from headwater.overlay.change import hunks
from headwater.store import Store
from headwater.upstream.model import Archive, LooseFile, Pin, SourceTree

ROOT = Path(__file__).parent / "overlay"
CASES = sorted(path.parent for path in ROOT.glob("*/*/overlay.toml"))
WRITE = os.environ.get("HEADWATER_WRITE_GOLDEN") == "1"


def ids(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_overlay(case: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    tree = input_tree(case, store, tmp_path)
    fault = case / "fault.toml"
    if fault.exists():
        expected = tomllib.loads(fault.read_text())
        with pytest.raises(Failure) as caught:
            apply(tree, overlays(case), store)
        [problem] = caught.value.problems
        assert problem.kind is Kind[expected["kind"]]
        assert problem.where == Origin(file="overlay.toml", line=expected["line"])
        assert problem.what
        return
    result, changes = apply(tree, overlays(case), store)
    if WRITE:
        write(case, result, store)
    assert result.files[result.spec].content == (case / "expected.spec").read_bytes()
    assert loose(result) == loose_files(case / "expected")
    for name, archive in result.archives.items():
        assert contents(store.path(archive.digest)) == folder(case / "expected-archives" / name)
        assert digest_file(store.path(archive.digest), "sha512") == archive.sha512
    asked = {overlay.where for overlay in overlays(case)}
    assert {change.where for change in changes} == asked
    assert all(hunks(change) or change.renamed_to for change in changes)


def test_every_kind_has_a_good_and_a_bad_case() -> None:
    for kind in {path.name for path in ROOT.iterdir()}:
        cases = [case for case in CASES if case.parent.name == kind]
        assert {(case / "fault.toml").exists() for case in cases} == {True, False}, kind


def overlays(case: Path) -> list[Overlay]:
    text = (case / "overlay.toml").read_text()
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line == "[[overlays]]"]
    raw = msgspec.convert(tomllib.loads(text)["overlays"], list[Overlay])
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
