"""What one build saw and did, kept so that it can be compared later: trees by digest, the command, texts that people wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from headwater.build.job import Job
from headwater.engine import Digest, File, Forest
from headwater.store import Blob, Result, Store

TREE = "root-tree"  # of results in the store: a part of a build root, by its digest
LARGEST = 1 << 18  # bytes of a text of which the lines are compared
SNAPSHOT = "//snapshot.json"  # no path of a root begins so
MADE = ("[build-root]", "sources")  # what the trees beside packages are called, in their order


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A tree of a build root. `version` is a package's NEVRA, empty for what is no package."""

    version: str = ""
    tree: Digest


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A build root by the parts it was merged from, and the command that ran in it. `texts` are SHA-256 by path."""

    packages: dict[str, Part]
    made: dict[str, Part]
    arguments: tuple[str, ...]
    environment: dict[str, str]
    timeout: int
    texts: dict[str, str] = {}


def snapshot_of(job: Job, trees: Mapping[str, Digest], forest: Forest) -> Snapshot:
    """What a job's build sees; `trees` are those of its packages, by name."""
    return Snapshot(
        packages={rpm.name: Part(version=rpm.nevra, tree=trees[rpm.name]) for rpm in job.packages},
        made={name: Part(tree=made.tree) for name, made in zip(MADE, job.made, strict=True)},
        arguments=job.action.arguments,
        environment=dict(job.action.environment),
        timeout=job.action.timeout,
        texts={path: digest.hash for path, digest in _texts(job, forest)},
    )


def texts_of(job: Job, forest: Forest) -> dict[str, bytes]:
    """The generated and source files of a job that may be read as text, by path."""
    return {path: content for path, digest in _texts(job, forest) if (content := _content(job, digest)) is not None}


def _texts(job: Job, forest: Forest) -> Iterable[tuple[str, Digest]]:
    for made in job.made:
        for path, entry in forest.walk(made.tree):
            if isinstance(entry, File) and entry.digest.size <= LARGEST and _content(job, entry.digest) is not None:
                yield path, entry.digest


def _content(job: Job, digest: Digest) -> bytes | None:
    """Content at hand; archives lie in the store anyway and are no text."""
    content = next((made.content[digest] for made in job.made if digest in made.content), None)
    data = content.read_bytes() if isinstance(content, Path) and digest.size <= LARGEST else content
    return data if isinstance(data, bytes) and b"\0" not in data else None


class Album:
    """Snapshots and their trees in the store."""

    def __init__(self, forest: Forest, store: Store) -> None:
        self._forest, self._store = forest, store
        self._kept: set[Digest] = set()

    def keep(self, snapshot: Snapshot) -> None:
        """Keep the trees of a snapshot, each once, so that they are there when the packages are not."""
        for part in (*snapshot.packages.values(), *snapshot.made.values()):
            if part.tree not in self._kept and not self._store.use(TREE, part.tree.hash):
                entries = [(path, _flat(entry)) for path, entry in self._forest.walk(part.tree)]
                self._store.put(TREE, part.tree.hash, {"tree.json": msgspec.json.encode(entries)})
            self._kept.add(part.tree)

    def lacking(self, snapshot: Snapshot) -> set[str]:
        """Plant the trees of a snapshot; the names of those parts that the store does not have any more."""
        parts = {**snapshot.packages, **snapshot.made}
        return {name for name, part in parts.items() if part.tree not in self._forest and not self._plant(part.tree)}

    def _plant(self, tree: Digest) -> bool:
        kept = self._store.use(TREE, tree.hash)
        if not kept:
            return False
        said = msgspec.json.decode(self._store.read(kept.outputs["tree.json"].digest), type=list[tuple[str, Any]])
        return self._forest.plant((path, _entry(flat)) for path, flat in said) == tree


def _flat(entry: File | str | None) -> Any:
    return [entry.digest.hash, entry.digest.size, entry.executable] if isinstance(entry, File) else entry


def _entry(flat: Any) -> File | str | None:
    return File(Digest(flat[0], flat[1]), flat[2]) if isinstance(flat, list) else flat


def written(snapshot: Snapshot, job: Job, forest: Forest) -> dict[str, bytes]:
    """A snapshot and its texts, as the outputs of a result."""
    return {**texts_of(job, forest), SNAPSHOT: msgspec.json.encode(snapshot, order="sorted")}


def read_snapshot(last: Result | None, store: Store) -> Snapshot | None:
    """The snapshot that goes with a component's last build; None for one of another version of Headwater."""
    try:
        return msgspec.json.decode(store.read(last.outputs[SNAPSHOT].digest), type=Snapshot) if last else None
    except (KeyError, msgspec.DecodeError):
        return None


def text(snapshot_texts: Mapping[str, Blob], store: Store, path: str) -> str:
    """A text of a kept snapshot; empty where it is not there."""
    blob = snapshot_texts.get(path)
    return store.read(blob.digest).decode(errors="replace") if blob else ""
