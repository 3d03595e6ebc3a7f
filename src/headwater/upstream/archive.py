"""The spec inside upstream's own release archive: found by reading through the archive, which is never unpacked.

An archive is hostile until read: every name, link and size in it is checked, and a Failure names archive and member. rpmbuild
unpacks it later, in a sandbox; a person who unpacks it by hand should not be surprised either.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import posixpath
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol, cast

import zstandard

from headwater.errors import Failure, Kind, fail
from headwater.origin import Origin
from headwater.store import Store
from headwater.tarheader import Header
from headwater.upstream.model import Archive

VERSION = 1  # of what `read_member` does; part of its results' keys
SPEC_SIZE = 1 << 20  # bytes of a spec
UNPACKED = 8 << 30  # bytes of the whole archive
SWELLING = 500  # times its packed size, beyond SMALL: deflate's own limit is 1032, real sources stay below 50
SMALL = 256 << 20  # bytes that no archive is refused for
MEMBERS = 500_000


class Member(Exception):
    """What is wrong with an archive or with one of its members."""


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def read_member(name: str, archive: Archive, member: str, store: Store, *, where: Origin | None = None) -> tuple[str, bytes]:
    """Path and content of a spec in an archive of the store. `member` is its path with or without the top folder.

    Without `member` the only `*.spec` is taken. Raises Failure(SOURCE) for hostile or damaged archives and where none fits.
    """
    key = f"{archive.sha512}-{_slug(member)}"
    result = store.get("spec-member", key)
    if not result:
        path, content = _read(name, store.path(archive.digest), archive.size, member, where)
        result = store.put("spec-member", key, {"spec": content}, facts=path)
    return str(result.facts), store.read(result.outputs["spec"].digest)


def _slug(member: str) -> str:
    return f"{zlib.crc32(member.encode()):08x}-{VERSION}"


def _read(name: str, path: Path, packed: int, member: str, where: Origin | None) -> tuple[str, bytes]:
    try:
        with path.open("rb") as file, unpacking(file, packed) as stream:
            found = dict(_specs(stream, member))
    except Member as wrong:
        hint = "take the release from another place, and its new hash with it"
        raise fail(Kind.SOURCE, f"`{name}` is no archive to trust", where=where, why=str(wrong), hint=hint) from None
    except (tarfile.TarError, zlib.error, lzma.LZMAError, zstandard.ZstdError, EOFError, OSError, ValueError) as error:
        raise fail(
            Kind.SOURCE, f"`{name}` is damaged", where=where, why=f"{type(error).__name__}: {error}", hint="hw store verify"
        ) from None
    return _only(name, found, member, where)


def _only(name: str, found: dict[str, bytes], member: str, where: Origin | None) -> tuple[str, bytes]:
    if len(found) == 1:
        return next(iter(found.items()))
    raise _not_one(name, sorted(found), member, where)


def _not_one(name: str, found: list[str], member: str, where: Origin | None) -> Failure:
    if found:
        return fail(
            Kind.SOURCE,
            f"`{name}` holds more than one spec",
            where=where,
            why="found " + ", ".join(f"`{path}`" for path in found),
            hint=f'say which: spec.member = "{found[0]}"',
        )
    return fail(
        Kind.SOURCE,
        f"`{name}` holds no `{member or '*.spec'}`",
        where=where,
        why="every member was looked at",
        hint=f"tar -tf {name} | grep spec",
    )


def _specs(stream: _Readable, member: str) -> Iterator[tuple[str, bytes]]:
    """Every member that is meant, after checking all members of the archive."""
    with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|", tarinfo=Header) as tar:
        count = 0
        while info := tar.next():
            count += 1
            if count > MEMBERS:
                raise Member(f"more than {MEMBERS:,} members")
            check_member(info)
            if _is_meant(info.name, member):
                yield posixpath.normpath(info.name), _content(tar, info)
            cast("Any", tar).members.clear()  # tarfile remembers every member it has seen, and says so only in its source


def _is_meant(path: str, member: str) -> bool:
    path = posixpath.normpath(path)
    if member:
        return member in {path, path.partition("/")[2]}
    return path.endswith(".spec")


def _content(tar: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    if not info.isreg():
        raise Member(f"`{info.name}` is no regular file")
    if info.size > SPEC_SIZE:
        raise Member(f"`{info.name}` has {info.size:,} bytes; a spec has at most {SPEC_SIZE:,}")
    file = tar.extractfile(info)
    assert file, "a regular file has content"
    return file.read()


def check_member(info: tarfile.TarInfo) -> None:
    """Raises Member for a name, link or kind that no release archive needs."""
    if _escapes(info.name):
        raise Member(f"`{info.name}` lies outside the archive")
    if info.issym() and _escapes(posixpath.join(posixpath.dirname(info.name), info.linkname)):
        raise Member(f"`{info.name}` is a link to `{info.linkname}`, outside the archive")
    if info.islnk() and _escapes(info.linkname):
        raise Member(f"`{info.name}` is a hard link to `{info.linkname}`, outside the archive")
    if not (info.isreg() or info.isdir() or info.issym() or info.islnk()):
        raise Member(f"`{info.name}` is a device or pipe")


def _escapes(path: str) -> bool:
    return path.startswith("/") or posixpath.normpath(path).split("/")[0] == ".." or "\0" in path


class _Counted:
    """A stream that ends in Member where it grows beyond what its packed size can honestly hold."""

    def __init__(self, stream: _Readable, packed: int) -> None:
        self._stream, self._most, self._seen = stream, min(UNPACKED, max(SMALL, packed * SWELLING)), 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._seen += len(data)
        if self._seen > self._most:
            raise Member(f"it unpacks to more than {self._most:,} bytes")
        return data


@contextmanager
def unpacking(file: IO[bytes], packed: int) -> Iterator[_Readable]:
    """The tar stream in a possibly compressed file; the compression is told by the first bytes, not by a name."""
    magic = file.read(6)
    file.seek(0)
    opened: _Readable = file
    if magic.startswith(b"\x1f\x8b"):
        opened = gzip.GzipFile(fileobj=file)
    elif magic.startswith(b"BZh"):
        opened = bz2.BZ2File(file)
    elif magic.startswith(b"\xfd7zXZ\0"):
        opened = lzma.LZMAFile(file)  # noqa: SIM115 `file` is the caller's to close
    elif magic.startswith(b"\x28\xb5\x2f\xfd"):
        opened = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(file)
    yield _Counted(opened, packed)
