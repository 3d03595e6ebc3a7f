"""A folder with a spec as a tree, read without trust; what overlays do not reach, archives and their list, is kept apart."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from headwater.errors import Kind, fail
from headwater.upstream.model import LooseFile, Pin, SourceTree

MOST = 16 << 20  # bytes of one file beside a spec
_MOST_FILES = 10_000
_LISTED = "sources"  # dist-git's list of archives
_ARCHIVES = (
    *(".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2", ".tar.zst", ".tzst", ".tar.lz"),
    *(".zip", ".jar", ".gem", ".crate", ".rpm", ".gz", ".xz", ".zst"),
)


class Folder(msgspec.Struct, frozen=True, kw_only=True):
    """A spec's folder: what overlays reach as a tree, and the SHA-256 of every other file by name."""

    place: Path
    tree: SourceTree
    others: dict[str, str]


def read_folder(component: str, place: Path) -> Folder:
    """The folder, its spec under the component's name. Raises Failure(SOURCE) where it has not one spec."""
    files: dict[str, LooseFile] = {}
    others: dict[str, str] = {}
    for count, path in enumerate(_files(place)):
        name = path.relative_to(place).as_posix()
        if count >= _MOST_FILES:
            raise fail(Kind.SOURCE, f"`{place}` has more than {_MOST_FILES:,} files", hint="name the folder of one spec")
        if name == _LISTED or name.endswith(_ARCHIVES) or path.stat().st_size > MOST:
            others[name] = _digest(path)
        else:
            files[name] = LooseFile(content=path.read_bytes(), mode=0o755 if path.stat().st_mode & 0o100 else 0o644)
    spec = _spec(component, place, files)
    ours = f"{component}.spec"
    renamed = {ours if name == spec else name: file for name, file in sorted(files.items())}
    pin = Pin(kind="local", name=spec, digest=hashlib.sha512(files[spec].content).hexdigest())
    return Folder(place=place, tree=SourceTree(component=component, spec=ours, files=renamed, pin=pin), others=others)


def _files(place: Path) -> Iterator[Path]:
    """Regular files, by path; nothing of git's, and no link that leads out."""
    if not place.is_dir():
        raise fail(Kind.SOURCE, f"`{place}` is no folder", hint="ls " + str(place.parent))
    root = place.resolve()
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            path = Path(folder) / name
            if not path.resolve().is_relative_to(root) or not path.is_file():
                raise fail(
                    Kind.SOURCE, f"`{path}` is no file of its folder", why="it is a link that leads out, or no regular file"
                )
            yield path


def _spec(component: str, place: Path, files: dict[str, LooseFile]) -> str:
    specs = [name for name in files if name.endswith(".spec") and "/" not in name]
    if f"{component}.spec" in specs:
        return f"{component}.spec"
    if len(specs) == 1:
        return specs[0]
    found = ", ".join(f"`{name}`" for name in specs) or "none"
    raise fail(
        Kind.SOURCE,
        f"`{place}` has no spec of `{component}`",
        why=f"looked for `{component}.spec` or the only one; found {found}",
        hint="give the component's name as its spec is called",
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
