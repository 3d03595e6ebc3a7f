"""One root file system as one canonical tar: entries in order of path, numeric owners, no time but the entries' own.

The format is POSIX.1-2001 pax, with PAX records only where ustar cannot say it (long names, file capabilities).
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol, Self

from headwater.digest import CHUNK
from headwater.image import caps
from headwater.image.model import Entry, Root
from headwater.store import Store

BLOCK = 512


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> int: ...


def write_tar(root: Root, store: Store, file: Sink) -> None:
    """Write the canonical tar: the same root gives the same bytes, whoever writes it, whenever."""
    first: dict[tuple[str, int], str] = {}  # of each group of hard links, the name that holds the content
    with Contents(store) as contents:
        for entry in root.entries:
            group = (entry.package, entry.links)
            earlier = first.setdefault(group, entry.path) if entry.links else entry.path
            info = _info(entry, root, "" if earlier == entry.path else earlier)
            file.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
            if info.isreg():
                for chunk in contents.of(entry):
                    file.write(chunk)
                file.write(b"\0" * (-entry.size % BLOCK))
    file.write(b"\0" * 2 * BLOCK)


class Contents:
    """The contents of entries, read from packs in the store; use as a context."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[str, IO[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for file in self._open.values():
            file.close()

    def of(self, entry: Entry) -> Iterator[bytes]:
        """The entry's content in chunks, `entry.size` bytes together."""
        if not entry.size:
            return
        file = self._file(entry.pack)
        file.seek(entry.offset)
        left = entry.size
        while left:
            chunk = file.read(min(left, CHUNK))
            assert chunk, f"pack {entry.pack} is as long as its entries say"
            left -= len(chunk)
            yield chunk

    def whole(self, entry: Entry) -> bytes:
        return b"".join(self.of(entry))

    def _file(self, pack: str) -> IO[bytes]:
        if pack not in self._open:
            if len(self._open) >= 200:  # well below the usual limit of 1024 open files
                self._open.pop(next(iter(self._open))).close()
            self._open[pack] = Path(self._store.path(pack)).open("rb")  # noqa: SIM115 closed by __exit__
        return self._open[pack]


def _info(entry: Entry, root: Root, hard_link: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(entry.path.lstrip("/") or ".")
    info.mode, info.mtime = entry.mode & 0o7777, entry.mtime
    info.uid, info.gid = root.ids.users[entry.user], root.ids.groups[entry.group]
    if hard_link:
        info.type, info.linkname = tarfile.LNKTYPE, hard_link.lstrip("/")
    elif entry.is_directory:
        info.type = tarfile.DIRTYPE
    elif entry.is_link:
        info.type, info.linkname = tarfile.SYMTYPE, entry.target
    else:
        info.size = entry.size
    if entry.caps and not hard_link:
        info.pax_headers = {"SCHILY.xattr.security.capability": caps.encode(entry.caps).decode("utf-8", "surrogateescape")}
    return info
