"""A folder as an archive: the same bytes every time, whoever packs it, whenever and wherever."""

from __future__ import annotations

import bz2
import gzip
import lzma
import posixpath
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import zstandard

ENDINGS = {
    ".tar": "",
    ".tar.gz": "gz",
    ".tgz": "gz",
    ".tar.xz": "xz",
    ".txz": "xz",
    ".tar.bz2": "bz2",
    ".tbz2": "bz2",
    ".tar.zst": "zst",
    ".tzst": "zst",
}
MOST_BYTES = 8 << 30  # of all files
MOST_MEMBERS = 500_000


class Unpackable(Exception):
    """What is wrong with the folder."""


def compression_of(filename: str) -> str | None:
    """How an archive of that name is compressed (empty: not at all); None for a name that is no archive's."""
    return next((kind for ending, kind in ENDINGS.items() if filename.endswith(ending)), None)


def pack(folder: Path, target: Path, compression: str) -> None:
    """Write the folder's content: sorted, no times, no owners, GNU format; hard links become copies. Raises Unpackable."""
    with (
        target.open("wb") as raw,
        compressor(compression, raw) as stream,
        tarfile.open(fileobj=stream, mode="w|", format=tarfile.GNU_FORMAT, bufsize=1 << 20) as tar,
    ):
        total = 0
        for count, (name, path) in enumerate(_members(folder, ""), start=1):
            info = _member(name, path)
            total += info.size
            if count > MOST_MEMBERS or total > MOST_BYTES:
                raise Unpackable(f"it holds more than {MOST_MEMBERS:,} members or {MOST_BYTES >> 30} GiB")
            if info.isreg():
                with path.open("rb") as file:
                    tar.addfile(info, file)
            else:
                tar.addfile(info)


@contextmanager
def compressor(kind: str, raw: IO[bytes]) -> Iterator[IO[bytes]]:
    """A stream that writes compressed (gz, xz, bz2, zst; empty: as it is) and leaves no trace of when."""
    stream: Any
    match kind:
        case "gz":
            stream = gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0)
        case "xz":
            stream = lzma.LZMAFile(raw, "wb", preset=6)  # noqa: SIM115 closed by the `with` below
        case "bz2":
            stream = bz2.BZ2File(raw, "wb", compresslevel=9)
        case "zst":
            stream = zstandard.ZstdCompressor(level=12).stream_writer(raw, closefd=False)
        case _:
            yield raw
            return
    with stream:
        yield stream


def _members(folder: Path, above: str) -> Iterator[tuple[str, Path]]:
    """Paths in the archive and on the disk, sorted by the former."""
    for path in sorted(folder.iterdir()):
        yield above + path.name, path
        if path.is_dir() and not path.is_symlink():
            yield from _members(path, f"{above}{path.name}/")


def _member(name: str, path: Path) -> tarfile.TarInfo:
    info, found = tarfile.TarInfo(name), path.lstat()
    if stat.S_ISDIR(found.st_mode):
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    elif stat.S_ISLNK(found.st_mode):
        info.type, info.mode, info.linkname = tarfile.SYMTYPE, 0o777, str(path.readlink())
        goal = posixpath.normpath(posixpath.join(posixpath.dirname(name), info.linkname))
        if info.linkname.startswith("/") or goal.split("/")[0] == "..":
            raise Unpackable(f"`{name}` is a link to `{info.linkname}`, outside of it")
    elif stat.S_ISREG(found.st_mode):
        info.size, info.mode = found.st_size, 0o755 if found.st_mode & 0o100 else 0o644
    else:
        raise Unpackable(f"`{name}` is a device or pipe")
    return info
