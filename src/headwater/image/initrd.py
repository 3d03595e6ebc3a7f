"""A root as an initrd: a cpio archive (newc, as the kernel's initramfs buffer format has it) in one zstd frame."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import zstandard

from headwater.image.contents import Contents
from headwater.image.model import Entry, Root
from headwater.store import Store

LEVEL = 6  # of zstd
TRAILER = Entry(path="/TRAILER!!!", mode=0)


def write_initrd(root: Root, store: Store, place: Path) -> None:
    """Write the compressed archive: the same root gives the same bytes."""
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    with place.open("wb") as file, compressor.stream_writer(file, closefd=False) as stream:
        write_cpio(root, store, stream)


def write_cpio(root: Root, store: Store, file: IO[bytes]) -> None:
    """Write the archive, uncompressed. Hard links become files of their own: the format's way is not worth its trouble."""
    written = 0
    with Contents(store) as contents:
        for inode, entry in enumerate(root.entries, start=1):
            body = entry.target.encode() if entry.is_link else contents.whole(entry)
            uid, gid = root.ids.users[entry.user], root.ids.groups[entry.group]
            written += _write(file, entry, inode, uid, gid, body)
        _write(file, TRAILER, 0, 0, 0, b"")


def _write(file: IO[bytes], entry: Entry, inode: int, uid: int, gid: int, body: bytes) -> int:  # noqa: PLR0917 the header's fields
    name = (entry.path[1:] or ".").encode() + b"\0"
    links = 2 if entry.is_directory else 1
    fields = (inode, entry.mode, uid, gid, links, entry.mtime, len(body), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
    data = head + b"\0" * (-len(head) % 4) + body + b"\0" * (-len(body) % 4)
    file.write(data)
    return len(data)
