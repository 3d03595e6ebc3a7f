"""A source archive: opened without trust and never unpacked onto the disk, packed to the same bytes every time."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import posixpath
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import zstandard

from headwater.errors import Failure, Kind, fail
from headwater.origin import Origin
from headwater.tarheader import Header
from headwater.upstream import compressor

MOST_BYTES = 8 << 30  # of a whole archive, uncompressed
MOST_MEMBERS = 500_000
_CHUNK = 1 << 20
# By the bytes a file begins with; its name may lie.
_MAGIC = ((b"\x1f\x8b", "gz"), (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zst"), (b"BZh", "bz2"))
_BROKEN = (OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError, zstandard.ZstdError, ValueError)


class Tarball:
    """The members of an archive by path, with those that were changed (bytes) or removed (None) since."""

    def __init__(self, name: str, compression: str, tar: tarfile.TarFile, where: Origin | None) -> None:
        self.name = name
        self.compression = compression
        self.where = where
        self._tar = tar
        self.hard_links: list[str] = []
        self._members = self._checked()
        self._edits: dict[str, bytes | None] = {}
        tops = {path.split("/")[0] for path in self._members}
        only = tops.pop() if len(tops) == 1 else ""
        self.top = f"{only}/" if only and any(path.startswith(f"{only}/") for path in self._members) else ""

    def files(self) -> tuple[str, ...]:
        """Paths of files and links, sorted, without the one folder that most archives hold everything in."""
        there = (
            path for path, member in self._members.items() if not member.isdir() and self._edits.get(path, b"") is not None
        )
        return tuple(sorted(path.removeprefix(self.top) for path in there))

    def link(self, path: str) -> str:
        """What a symbolic link points to; empty for a file."""
        member = self._members[self.top + path]
        return member.linkname if member.issym() else ""

    def size(self, path: str) -> int:
        edited = self._edits.get(self.top + path)
        return len(edited) if edited is not None else self._members[self.top + path].size

    def read(self, path: str) -> bytes:
        with self.open(path) as file:
            return file.read()

    def digest(self, path: str) -> str:
        """The SHA-256 of a file, which may be too large to be held."""
        with self.open(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]

    def open(self, path: str) -> IO[bytes]:
        """A file's content, from its beginning."""
        edited = self._edits.get(self.top + path)
        return BytesIO(edited) if edited is not None else self._file(self.top + path)

    def edit(self, changes: Mapping[str, bytes | None]) -> None:
        """Remember new contents, and files that are gone."""
        self._edits.update({self.top + path: content for path, content in changes.items()})

    def members(self) -> dict[str, tarfile.TarInfo | None]:
        """All that is packed, by whole path, and None for folders that the archive has no member of its own for."""
        implied = {parent: None for path in self._members for parent in _parents(path)}
        there = {path: member for path, member in self._members.items() if self._edits.get(path, b"") is not None}
        return {**implied, **there}

    def pack(self, target: Path) -> None:
        """Write the archive: sorted, no times, no owners, GNU format, compressed as it came."""
        with (
            target.open("wb") as raw,
            compressor(self.compression, raw) as stream,
            tarfile.open(fileobj=stream, mode="w|", format=tarfile.GNU_FORMAT, bufsize=_CHUNK) as tar,
        ):
            for path in sorted(self._members):
                if self._edits.get(path, b"") is not None:
                    self._write(tar, path)

    def _write(self, tar: tarfile.TarFile, path: str) -> None:
        old = self._members[path]
        new = tarfile.TarInfo(path)
        new.mode = old.mode & 0o777
        new.type = tarfile.DIRTYPE if old.isdir() else tarfile.SYMTYPE if old.issym() else tarfile.REGTYPE
        if new.type != tarfile.REGTYPE:
            new.linkname = old.linkname if old.issym() else ""
            tar.addfile(new)
            return
        new.size = self.size(path.removeprefix(self.top))
        with self.open(path.removeprefix(self.top)) as file:
            tar.addfile(new, file)

    def _file(self, path: str) -> IO[bytes]:
        file = self._tar.extractfile(self._members[path])
        assert file, f"{path} is a file"
        return file

    def _checked(self) -> dict[str, tarfile.TarInfo]:
        """Members by clean path; the last of a name counts, as for tar. A hard link becomes a copy of its file."""
        found: dict[str, tarfile.TarInfo] = {}
        total = 0
        for count, member in enumerate(self._tar, 1):
            total += member.size
            if count > MOST_MEMBERS or total > MOST_BYTES:
                raise self._hostile(member.name, f"more than {MOST_MEMBERS} members or {MOST_BYTES >> 30} GiB")
            path = posixpath.normpath(member.name.rstrip("/") or ".")
            if path == ".":
                continue
            self._check_member(path, member)
            self.hard_links += [path] if member.islnk() else []
            found[path] = self._linked(path, member, found) if member.islnk() else member
        self._check_end()
        for path in found:
            for parent in _parents(path):
                if parent in found and not found[parent].isdir():
                    raise self._hostile(path, f"it lies behind `{parent}`, which is no folder")
        return found

    def _check_end(self) -> None:
        """Python's reader takes a damaged header for the end and would lose what is behind it; a true end is all zeros."""
        stream = self._tar.fileobj
        assert stream, "an open archive has a file"
        stream.seek(self._tar.offset)
        if stream.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise ValueError(f"it is damaged or cut off at byte {self._tar.offset}")

    def _check_member(self, path: str, member: tarfile.TarInfo) -> None:
        if path.startswith(("/", "../")) or path == ".." or ".." in member.name.split("/") or "\0" in path:
            raise self._hostile(member.name, "its path leads out of the archive")
        if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
            raise self._hostile(member.name, "it is a device or a pipe")
        if member.issym():
            goal = posixpath.normpath(posixpath.join(posixpath.dirname(path), member.linkname))
            if not member.linkname:
                raise self._hostile(member.name, "it links to nothing")
            if member.linkname.startswith("/") or goal == ".." or goal.startswith("../"):
                raise self._hostile(member.name, f"it links to `{member.linkname}`, which leads out of the archive")

    def _linked(self, path: str, member: tarfile.TarInfo, found: Mapping[str, tarfile.TarInfo]) -> tarfile.TarInfo:
        goal = found.get(posixpath.normpath(member.linkname))
        if goal is None or not goal.isreg():
            raise self._hostile(path, f"it is a hard link to `{member.linkname}`, which is no file before it in the archive")
        return goal

    def _hostile(self, member: str, why: str) -> Failure:
        return fail(Kind.SOURCE, f"`{self.name}` holds `{member}`, which is refused", where=self.where, why=why)


@contextmanager
def opened(name: str, path: Path, scratch: Path, where: Origin | None) -> Iterator[Tarball]:
    """An archive of the store, uncompressed into `scratch` for as long as it is open."""
    with path.open("rb") as file:
        head = file.read(8)
    compression = next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")
    plain = scratch / "plain.tar"
    try:
        _uncompress(path, plain, compression)
        with tarfile.open(plain, "r:", tarinfo=Header) as tar:
            yield Tarball(name, compression, tar, where)
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno:  # the disk's trouble, not the archive's
            raise fail(Kind.STORE, f"no room to unpack `{name}`", where=where, why=str(error.strerror)) from None
        raise fail(Kind.SOURCE, f"`{name}` can not be read as an archive", where=where, why=str(error)) from None


def _uncompress(path: Path, target: Path, compression: str) -> None:
    openers: dict[str, Callable[[Path], Any]] = {
        "gz": gzip.open,
        "xz": lzma.open,
        "bz2": bz2.open,
        "zst": lambda file: zstandard.open(file, "rb"),
        "": lambda file: file.open("rb"),
    }
    done = 0
    with openers[compression](path) as source, target.open("wb") as out:
        while chunk := source.read(_CHUNK):
            done += len(chunk)
            if done > MOST_BYTES:
                raise ValueError(f"it is larger than {MOST_BYTES >> 30} GiB when uncompressed")
            out.write(chunk)


def _parents(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path
