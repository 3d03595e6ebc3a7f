"""A root laid out as real files for tools that want some, and what those tools changed in it.

All files belong to the caller: owners are data of the index, not of the scratch copy.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec

from headwater.digest import digest_file
from headwater.image.contents import Contents
from headwater.image.index import Index
from headwater.image.model import Entry
from headwater.store import Store


def lay_out(index: Index, root: Path, store: Store) -> None:
    """Write a complete index below an empty directory. Parents come before their children, and none of them is a link."""
    with Contents(store) as contents:
        for entry in index.values():
            place = root / entry.path[1:]
            if entry.is_directory:
                place.mkdir(exist_ok=True)
            elif entry.is_link:
                place.symlink_to(entry.target)
            else:
                with place.open("xb") as file:
                    file.writelines(contents.of(entry))
                place.chmod(entry.mode & 0o7777)
            os.utime(place, (entry.mtime, entry.mtime), follow_symlinks=False)
    for entry in reversed(index.values()):
        if entry.is_directory:
            (root / entry.path[1:]).chmod(entry.mode & 0o7777 | 0o700)


def changes(index: Index, root: Path, epoch: int, store: Store, *, by: str) -> tuple[Index, set[str]]:
    """Entries that are new or other than in the index, and paths that are gone."""
    new: Index = {}
    seen = {"/"}
    for folder, names, files in os.walk(root):
        for name in sorted([*names, *files]):
            place = Path(folder) / name
            path = f"/{place.relative_to(root)}"
            seen.add(path)
            changed = _changed(index.get(path), place, epoch, store)
            if changed:
                new[path] = msgspec.structs.replace(changed, path=path, package=by)
    return new, set(index) - seen


def _changed(entry: Entry | None, place: Path, epoch: int, store: Store) -> Entry | None:
    status = place.lstat()
    if entry and stat.S_IFMT(entry.mode) == stat.S_IFMT(status.st_mode) and _same(entry, place, status):
        return None
    fresh = Entry(path="/", mode=status.st_mode, mtime=epoch)
    if stat.S_ISLNK(status.st_mode):
        return msgspec.structs.replace(fresh, mode=stat.S_IFLNK | 0o777, target=str(place.readlink()))
    if stat.S_ISREG(status.st_mode):
        blob = store.add_file(place)
        fresh = msgspec.structs.replace(fresh, size=blob.size, digest=blob.digest, pack=blob.digest)
    if entry and stat.S_IFMT(entry.mode) == stat.S_IFMT(status.st_mode):
        fresh = msgspec.structs.replace(fresh, user=entry.user, group=entry.group, mode=entry.mode)
    return fresh


def _same(entry: Entry, place: Path, status: os.stat_result) -> bool:
    if entry.is_directory:
        return True  # only its time can have changed: chmod of a directory by a finisher shows as a new mode in tmpfiles.d
    if entry.is_link:
        return str(place.readlink()) == entry.target
    if (status.st_size, int(status.st_mtime)) == (entry.size, entry.mtime):
        return True
    return status.st_size == entry.size and digest_file(place) == entry.digest
