"""Blobs: files named by their SHA-256, whole or absent, and looked at before anybody gets them."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from headwater.digest import digest_bytes, digest_file
from headwater.errors import Failure, Kind, fail

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FULL = {28, 122}  # ENOSPC, EDQUOT


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """A file's content: SHA-256 and size in bytes."""

    digest: str
    size: int


class Blobs:
    """The files below `root`/blobs. Each is written in `root`/tmp and renamed into its place."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._verified: set[str] = set()

    def add_bytes(self, data: bytes) -> Blob:
        blob = Blob(digest=digest_bytes(data), size=len(data))
        place = self._place(blob.digest)
        if not place.exists():
            with self.writing(), self._beside() as (file, handle):
                handle.write(data)
                handle.close()
                into_place(file, place)
            self._verified.add(blob.digest)
        return blob

    def add_file(self, path: Path, *, move: bool = False, digest: str = "") -> Blob:
        """Take a file's content in; with `move` the file itself is used up where it is on the same file system.

        `digest` is that of the content, if it is known already.
        """
        blob = Blob(digest=digest or digest_file(path), size=path.stat().st_size)
        place = self._place(blob.digest)
        if place.exists():
            if move:
                path.unlink()
            return blob
        with self.writing():
            if not (move and _moved(path, place)):
                self._copy(path, place)
        if move:  # a copy may be of what was changed since
            path.unlink(missing_ok=True)
            self._verified.add(blob.digest)
        return blob

    def _copy(self, path: Path, place: Path) -> None:
        with self._beside() as (file, handle):
            handle.close()
            shutil.copyfile(path, file)
            into_place(file, place)

    def has(self, digest: str) -> bool:
        return os.access(self._file(digest), os.F_OK)  # asked thousands of times

    def path(self, digest: str) -> Path:
        """The blob's file, read-only; its digest is verified the first time this process asks for what it did not bring."""
        place = self._place(digest)
        if digest in self._verified:
            return place
        try:
            self._verify(digest, digest_file(place))
        except FileNotFoundError:
            raise _missing(digest, place) from None
        return place

    def verify(self, blobs: Iterable[Blob]) -> None:
        """Verify blobs as `path` does, side by side: digests are made outside the interpreter."""
        todo = iter(sorted(blobs, key=lambda blob: -blob.size))
        wrong: list[Exception] = []

        def work() -> None:
            try:
                for blob in todo:
                    self.path(blob.digest)
            except Exception as error:  # noqa: BLE001 raised below
                wrong.append(error)

        helpers = [threading.Thread(target=work) for _ in range(1, os.cpu_count() or 1)]
        for helper in helpers:
            helper.start()
        work()
        for helper in helpers:
            helper.join()
        if wrong:
            raise wrong[0]

    def read(self, digest: str) -> bytes:
        """The blob's content; verified as `path` does, and read once."""
        place = self._place(digest)
        try:
            content = place.read_bytes()
        except FileNotFoundError:
            raise _missing(digest, place) from None
        if digest not in self._verified:
            self._verify(digest, digest_bytes(content))
        return content

    def _verify(self, digest: str, found: str) -> None:
        if found != digest:
            self._place(digest).unlink(missing_ok=True)
            raise fail(
                Kind.STORE,
                f"`{digest}` was damaged in the store",
                why=f"its content has SHA-256 {found}; the file was removed",
                hint="run the same command again",
            )
        self._verified.add(digest)

    def _place(self, digest: str) -> Path:
        return Path(self._file(digest))

    def _file(self, digest: str) -> str:
        assert _DIGEST.fullmatch(digest), f"{digest!r} is no SHA-256"
        return f"{self.root}/blobs/{digest[:2]}/{digest}"

    @contextmanager
    def _beside(self) -> Iterator[tuple[Path, Any]]:
        parent = self.root / "tmp"
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=parent, delete=False) as handle:
            file = Path(handle.name)
            try:
                yield file, handle
            finally:
                file.unlink(missing_ok=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Whoever writes below the store in this block gets a Failure(STORE) where the disk is full."""
        try:
            yield
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise fail(
                Kind.STORE,
                "the disk of the store is full",
                why=f"{error.strerror} while writing below {self.root}",
                hint=f"hw --store {self.root} store gc --free 10",
            ) from None


def _missing(digest: str, place: Path) -> Failure:
    return fail(Kind.STORE, f"`{digest}` is not in the store", why=f"looked for {place}", hint="hw world")


def _moved(path: Path, place: Path) -> bool:
    """Whether the file could be renamed: not from another file system.

    Not to a name that is taken either: ext4 then begins to write what waits, and whoever replaces a disk waits for it.
    """
    try:
        into_place(path, place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def into_place(file: Path, place: Path, mode: int = 0o444) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    file.chmod(mode)
    file.rename(place)
