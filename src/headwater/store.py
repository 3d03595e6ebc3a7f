"""Results by digest: whole or absent; what was made from what.

Layout below the root: `blobs/ab/abcd...` are files named by their SHA-256; `results/KIND/KEY.json` says which blobs an action
(KEY is the digest of its inputs) made; `trees/KIND/KEY/` are whole directories (a toolbox root); `partial/` holds
downloads that were cut, to go on with, `git/` copies of upstreams' repositories; `locks/` and `tmp/`.
Everything is written in `tmp/` and renamed into place, so two processes may work at once and a cut leaves only `tmp/`.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from headwater.digest import digest_bytes, digest_file
from headwater.errors import Failure, Kind, fail

_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """A file's content: SHA-256 and size in bytes."""

    digest: str
    size: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What an action made. `outputs` are blobs by name; `facts` is small JSON; `inputs` names what it was made from."""

    kind: str
    key: str
    outputs: dict[str, Blob] = {}
    facts: Any = None
    inputs: dict[str, str] = {}
    seconds: float = 0.0
    made: float = 0.0  # Unix time; for `hw store ls` only, no part of any identity


class Store:
    """All results of one user, shared by all projects and processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._verified: set[str] = set()

    # blobs

    def add_bytes(self, data: bytes) -> Blob:
        blob = Blob(digest=digest_bytes(data), size=len(data))
        place = self._place(blob.digest)
        if not place.exists():
            with self.writing(), self._beside() as (file, handle):
                handle.write(data)
                handle.close()
                _into_place(file, place)
            self._verified.add(blob.digest)
        return blob

    def add_file(self, path: Path, *, move: bool = False) -> Blob:
        """Take a file's content in; with `move` the file itself is used up where it is on the same file system."""
        blob = Blob(digest=digest_file(path), size=path.stat().st_size)
        place = self._place(blob.digest)
        if place.exists():
            if move:
                path.unlink()
            return blob
        with self.writing(), self._beside() as (file, handle):
            handle.close()
            if move:
                shutil.move(path, file)
            else:
                shutil.copyfile(path, file)
            _into_place(file, place)
        if move:  # a copy may be of what was changed since
            self._verified.add(blob.digest)
        return blob

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

    # results

    def get(self, kind: str, key: str) -> Result | None:
        """The result of an action, if it is there with all its blobs."""
        file = self._result(kind, key)
        try:
            result = msgspec.json.decode(file.read_bytes(), type=Result)
        except FileNotFoundError:
            return None
        except (ValueError, RecursionError):  # no JSON, no UTF-8, or without end
            file.unlink(missing_ok=True)
            return None
        if result.key != key or not all(self.has(blob.digest) for blob in result.outputs.values()):
            return None
        return result

    def use(self, kind: str, key: str) -> Result | None:
        """`get`, and note that the result was wanted, so that `hw store gc` keeps it."""
        result = self.get(kind, key)
        if result:
            os.utime(self._result(kind, key))
        return result

    def put(
        self,
        kind: str,
        key: str,
        outputs: Mapping[str, Path | bytes | Blob],
        *,
        facts: Any = None,
        inputs: Mapping[str, str] | None = None,
        seconds: float = 0.0,
    ) -> Result:
        """Keep what an action made; appears whole, after all its blobs."""
        blobs = {name: self._take(output) for name, output in outputs.items()}
        result = Result(
            kind=kind, key=key, outputs=blobs, facts=facts, inputs=dict(inputs or {}), seconds=seconds, made=time.time()
        )
        with self.writing(), self._beside() as (file, handle):
            handle.write(msgspec.json.encode(result, order="sorted"))
            handle.close()
            _into_place(file, self._result(kind, key), 0o644)
        return result

    def results(self) -> Iterator[Result]:
        """Every result, by kind and key."""
        for file in sorted((self.root / "results").glob("*/*.json")):
            found = self.get(file.parent.name, file.stem)
            if found:
                yield found

    # whole directories

    def tree(self, kind: str, key: str, make: Callable[[Path], None]) -> Path:
        """The directory made for a key; `make` fills an empty one, under a lock, if it is not there yet."""
        place = self.root / "trees" / _checked(kind) / _checked(key)
        if place.exists():
            os.utime(place)
            return place
        with self.lock(f"tree-{kind}-{key}"):
            if place.exists():
                return place
            with self.scratch(kind) as beside:
                made = beside / "tree"
                made.mkdir(mode=0o755)
                with self.writing():
                    make(made)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    made.rename(place)
        return place

    # ground

    @contextmanager
    def scratch(self, name: str = "work") -> Iterator[Path]:
        """A private directory on the store's file system, gone afterwards."""
        parent = self.root / "tmp"
        parent.mkdir(parents=True, exist_ok=True)
        path = Path(tempfile.mkdtemp(prefix=f"{_checked(name)}-{os.getpid()}-", dir=parent))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def lock(self, name: str, *, wait: bool = True) -> Iterator[None]:
        """Hold a name among all processes of this store. Without `wait`, a held name is a Failure."""
        parent = self.root / "locks"
        parent.mkdir(parents=True, exist_ok=True)
        with (parent / _checked(name)).open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise fail(
                    Kind.STORE, f"another `hw` holds `{name}`", why=f"lock {file.name}", hint="wait for it to end"
                ) from None
            yield

    def _take(self, output: Path | bytes | Blob) -> Blob:
        match output:
            case Blob():
                return output
            case bytes():
                return self.add_bytes(output)
            case _:
                return self.add_file(output)

    def _place(self, digest: str) -> Path:
        return Path(self._file(digest))

    def _file(self, digest: str) -> str:
        assert _DIGEST.fullmatch(digest), f"{digest!r} is no SHA-256"
        return f"{self.root}/blobs/{digest[:2]}/{digest}"

    def _result(self, kind: str, key: str) -> Path:
        return Path(f"{self.root}/results/{_checked(kind)}/{_checked(key)}.json")

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


_FULL = {28, 122}  # ENOSPC, EDQUOT


def _checked(name: str) -> str:
    assert _NAME.fullmatch(name), f"{name!r} is no name for a part of the store"
    return name


def _into_place(file: Path, place: Path, mode: int = 0o444) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    file.chmod(mode)
    file.rename(place)
