"""The container of a .deb: an ar archive of `debian-binary`, `control.tar.*` and `data.tar.*`, read with limits."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import zstandard

from headwater.tarheader import Header

MAGIC = b"!<arch>\n"
HEADER = 60  # bytes before each member of an ar archive
MOST_CONTROL = 64 << 20  # bytes, unpacked
MOST_DATA = 4 << 30  # bytes, unpacked
MOST_MEMBERS = 200_000
_DAMAGED = (tarfile.TarError, zlib.error, lzma.LZMAError, zstandard.ZstdError, EOFError, gzip.BadGzipFile, ValueError)


class Broken(Exception):
    """The archive is not one that is taken; the text says why."""


class _Slice(io.RawIOBase):
    """A run of bytes of a file, as a file."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file, self._left = file, size
        file.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read(min(len(buffer), self._left))
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


class _Limited(io.RawIOBase):
    """A stream that ends in an error once it has given more than `most` bytes."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._left = stream, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise Broken("it unpacks to more than the limit")
        buffer[: len(data)] = data
        return len(data)


def index(file: IO[bytes], length: int) -> dict[str, tuple[int, int]]:
    """Start and size of each member of the ar archive."""
    if file.read(len(MAGIC)) != MAGIC:
        raise Broken("it is no ar archive")
    members: dict[str, tuple[int, int]] = {}
    place = len(MAGIC)
    while place < length:
        file.seek(place)
        header = file.read(HEADER)
        if len(header) != HEADER or header[58:] != b"`\n" or not header[48:58].strip().isdigit():
            raise Broken("its ar archive is cut or damaged")
        size, name = int(header[48:58]), header[:16].decode("ascii", "replace").strip().rstrip("/")
        place += HEADER
        if size > length - place or name in members or len(members) > 9:
            raise Broken(f"its ar member `{name}` is cut, or there twice")
        members[name] = (place, size)
        place += size + size % 2
    return members


@contextmanager
def open_tar(path: Path, stem: str, most: int) -> Iterator[tarfile.TarFile]:
    """The `control` or `data` archive of a .deb as a stream of tar members; at most `most` bytes come out."""
    with path.open("rb") as file:
        members = index(file, path.stat().st_size)
        found = [name for name in members if name.startswith(f"{stem}.tar")]
        if len(found) != 1:
            raise Broken(f"it has not exactly one `{stem}.tar`")
        raw = io.BufferedReader(_Slice(file, *members[found[0]]), 1 << 20)
        try:
            stream = io.BufferedReader(_Limited(_unpack(raw, found[0].removeprefix(f"{stem}.tar")), most), 1 << 20)
            with tarfile.open(fileobj=stream, mode="r|", errorlevel=2, tarinfo=Header) as archive:
                yield archive
        except _DAMAGED as error:
            raise Broken(f"its `{stem}.tar` is damaged: {error}") from None


def _unpack(raw: IO[bytes], suffix: str) -> IO[bytes]:
    match suffix:
        case "":
            return raw
        case ".gz":
            return gzip.open(raw, "rb")  # type: ignore[return-value]
        case ".xz":
            return lzma.open(raw, "rb")
        case ".zst":
            return zstandard.ZstdDecompressor().stream_reader(raw)
        case _:
            raise Broken(f"compression `{suffix}` is not known")
