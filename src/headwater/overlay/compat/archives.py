"""Overlays on files inside source archives, azldev's way: found as it finds them, and packed into the tar that it writes."""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from headwater.config.overlays import FileRemove, FileSearchReplace, Overlay
from headwater.overlay import archives
from headwater.overlay.archives import Edit, Way, shown
from headwater.overlay.change import Change
from headwater.overlay.compat.files import missing_file, replaced, unchanged
from headwater.overlay.compat.listing import Listing, find, list_files, resolve
from headwater.overlay.nearest import refuse
from headwater.overlay.tarball import Tarball
from headwater.store import Store
from headwater.upstream import compressor
from headwater.upstream.model import SourceTree

_MOST_SEARCHED = 256 << 20  # bytes that one overlay searches
_CHUNK = 1 << 20
_DEVICE = slice(329, 345)  # of a header: the two device numbers
_SUM = slice(148, 156)
_FOLDER_MODE = 0o755  # of a folder that has no member


def apply(tree: SourceTree, overlays: Sequence[Overlay], store: Store) -> tuple[SourceTree, list[Change]]:
    """The tree with its archives changed; new archives are in the store.

    The tar within has the bytes that azldev gives it; compressed, it has not, for the compressor is another.
    """
    return archives.apply(tree, overlays, store, _WAY)


def archive_of(overlay: Overlay) -> str:
    """The archive that an overlay changes files in; empty for loose files."""
    return overlay.archive if isinstance(overlay, FileRemove | FileSearchReplace) and overlay.file else ""


def _edit(tarball: Tarball, overlay: Overlay) -> list[Edit]:
    assert isinstance(overlay, FileRemove | FileSearchReplace), "only these two kinds know archives"
    if tarball.compression == "bz2":
        raise refuse(overlay, f"`{tarball.name}` is compressed by bzip2", why="azldev knows tar, gzip, xz and zstd")
    if tarball.hard_links:
        why = f"`{tarball.hard_links[0]}` is one; azldev would lose it, and refuses"
        raise refuse(overlay, f"`{tarball.name}` holds hard links", why=why)
    listing = _listing(tarball)
    names = find(overlay, listing, overlay.file)
    if not names:
        raise missing_file(overlay, overlay.file, tarball.files(), f"in `{tarball.name}`")
    return _removed(tarball, overlay, names) if isinstance(overlay, FileRemove) else _replaced(tarball, overlay, names, listing)


def _listing(tarball: Tarball) -> Listing:
    names = tarball.files()
    folders = [path for path, member in tarball.members().items() if member is None or member.isdir()]
    below = [path.removeprefix(tarball.top) for path in folders if f"{path}/" != tarball.top]
    return list_files(names, below, {name: goal for name in names if (goal := tarball.link(name))})


def _removed(tarball: Tarball, overlay: FileRemove, names: list[str]) -> list[Edit]:
    if len(set(names)) < len(names):
        raise refuse(overlay, f"`{overlay.file}` finds a file on several ways", why="azldev fails to remove it twice")
    edits: list[Edit] = [(overlay, name, shown(tarball, name), None) for name in names]
    tarball.edit(dict.fromkeys(names))
    return edits


def _replaced(tarball: Tarball, overlay: FileSearchReplace, names: list[str], listing: Listing) -> list[Edit]:
    goals = [resolve(overlay, listing, name) for name in names]  # a link is written through
    if lost := [name for name, goal in zip(names, goals, strict=True) if not listing.has_file(goal)]:
        raise refuse(overlay, f"`{lost[0]}` can not be searched", why="it is a link to no file")
    if (total := sum(map(tarball.size, set(goals)))) > _MOST_SEARCHED:
        why = f"it matches {len(names)} files of {total >> 20} MiB"
        raise refuse(overlay, f"`{overlay.file}` is too wide to search", why=why, hint="name the files more closely")
    edits: list[Edit] = []
    for goal in goals:
        before = tarball.read(goal)
        after = replaced(overlay, before)
        if after != before:
            edits.append((overlay, goal, before, after))
            tarball.edit({goal: after})
    if not edits:
        raise unchanged(overlay, {goal: tarball.read(goal) for goal in goals})
    return edits


def _pack(tarball: Tarball, target: Path) -> None:
    """Write the archive: folder by folder, each with a member of its own, no times, no owners, two empty blocks behind."""
    members = tarball.members()
    with target.open("wb") as raw, compressor(tarball.compression, raw) as stream:
        for path in sorted(members, key=lambda path: path.split("/")):
            _write(stream, tarball, path, members[path])
        stream.write(bytes(2 * tarfile.BLOCKSIZE))


def _write(stream: IO[bytes], tarball: Tarball, path: str, old: tarfile.TarInfo | None) -> None:
    new = tarfile.TarInfo(path)
    new.mode = old.mode & 0o777 if old else _FOLDER_MODE
    new.type = tarfile.DIRTYPE if old is None or old.isdir() else tarfile.SYMTYPE if old.issym() else tarfile.REGTYPE
    if old and old.issym():
        new.linkname, new.mode = old.linkname, 0o777  # as the disk has it
    if new.type != tarfile.REGTYPE:
        stream.write(_header(new))
        return
    new.size = tarball.size(path.removeprefix(tarball.top))
    stream.write(_header(new))
    with tarball.open(path.removeprefix(tarball.top)) as file:
        while chunk := file.read(_CHUNK):
            stream.write(chunk)
    stream.write(bytes(-new.size % tarfile.BLOCKSIZE))


def _header(member: tarfile.TarInfo) -> bytes:
    """The header as Go writes it: Python leaves the device numbers of what is no device empty, Go says zero."""
    blocks = bytearray(member.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))
    header = blocks[-tarfile.BLOCKSIZE :]
    header[_DEVICE] = b"0000000\0" * 2
    header[_SUM] = b" " * 8
    header[_SUM] = b"%06o\0 " % sum(header)
    return bytes(blocks[: -tarfile.BLOCKSIZE] + header)


_WAY = Way(kind="archive-overlay-compat", edit=_edit, pack=_pack)
