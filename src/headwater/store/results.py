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
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from headwater.errors import Kind, fail
from headwater.store.blobs import Blob, Blobs, into_place

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What an action made. `outputs` are blobs by name; `facts` is small JSON; `inputs` names what it was made from."""

    kind: str
    key: str
    outputs: dict[str, Blob] = {}
    facts: Any = None
    inputs: dict[str, str] = {}
    seconds: float = 0.0
    made: float = 0.0  # Unix time; for `hw store ls` only, no part of any identity


class Store(Blobs):
    """All results of one user, shared by all projects and processes."""

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
            into_place(file, self._result(kind, key), 0o644)
        return result

    def results(self) -> Iterator[Result]:
        """Every result, by kind and key."""
        for file in sorted((self.root / "results").glob("*/*.json")):
            found = self.get(file.parent.name, file.stem)
            if found:
                yield found

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

    def _result(self, kind: str, key: str) -> Path:
        return Path(f"{self.root}/results/{_checked(kind)}/{_checked(key)}.json")


def _checked(name: str) -> str:
    assert _NAME.fullmatch(name), f"{name!r} is no name for a part of the store"
    return name
