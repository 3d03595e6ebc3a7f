"""One root file system as one canonical tar: entries in order of path, numeric owners, no time but the entries' own.

The format is POSIX.1-2001 pax, with PAX records only where ustar cannot say it (long names, file capabilities).
"""

from __future__ import annotations

import functools
import tarfile
from typing import Protocol

from headwater.feed import Feed
from headwater.image import caps
from headwater.image.contents import Contents
from headwater.image.model import Entry, Root
from headwater.store import Store

BLOCK = 512


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> int: ...


def canonical_tar(root: Root, store: Store) -> Feed:
    """The root for programs that read a tar: it is written while they do, and lies nowhere."""
    return functools.partial(write_tar, root, store)


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
