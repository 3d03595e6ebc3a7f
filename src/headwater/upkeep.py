"""Keeping the store small and sound: what nobody used for a while goes, what is damaged is found."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from pathlib import Path

import msgspec

from headwater.digest import digest_file
from headwater.errors import Kind, fail
from headwater.store import Result, Store

DAY = 86400  # seconds
BUSY = 3600  # seconds; who used a result this lately may be about to read it
KEPT = "kept"  # the folder of build roots that somebody wanted to look at
YOUNG = DAY  # a blob this young may belong to a result that another process is about to write


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many things of one kind there are (or went), and their bytes."""

    kind: str
    count: int
    size: int


def tally(store: Store) -> tuple[Tally, ...]:
    """What the store holds, by kind of result; blobs that several kinds share count in each."""
    found: dict[str, list[int]] = {}
    for result in store.results():
        found.setdefault(result.kind, []).append(sum(blob.size for blob in result.outputs.values()))
    for place in sorted((store.root / "trees").glob("*/*")):
        found.setdefault(f"tree {place.parent.name}", []).append(_size(place))
    return tuple(Tally(kind=kind, count=len(sizes), size=sum(sizes)) for kind, sizes in sorted(found.items()))


def collect(store: Store, *, days: float, now: float | None = None) -> tuple[Tally, ...]:
    """Drop results and trees that were not used for `days`, then blobs that no result names; say what went."""
    moment = time.time() if now is None else now
    return (
        _drop_results(store, moment - days * DAY),
        _drop_trees(store, moment - days * DAY),
        _drop_blobs(store, moment - YOUNG),
        _drop_leftovers(store, "tmp", moment - YOUNG),
        _drop_leftovers(store, "partial", moment - YOUNG),
        _drop_leftovers(store, KEPT, moment - YOUNG),
        _drop_leftovers(store, "git", moment - days * DAY),
    )


def free(store: Store, wanted: int, *, now: float | None = None) -> Tally:
    """Drop results, those first that were used longest ago, until the store's disk has `wanted` bytes left.

    Does nothing where it has them. What was used within the last hour stays; where the rest is not enough, nothing goes,
    and a Failure(STORE) says what could be had.
    """
    before = (time.time() if now is None else now) - BUSY
    left = shutil.disk_usage(_nearest(store.root)).free
    chosen = _Chosen()
    if left < wanted:
        chosen = _unused_longest(store, wanted - left, before)
    if left + chosen.size < wanted:
        raise fail(
            Kind.STORE,
            f"the disk can have {_gib(left + chosen.size)} left, not {_gib(wanted)}",
            why=f"it has {_gib(left)} now, and {_gib(chosen.size)} of the store {store.root} were not used within an hour",
            hint="make room on the disk, or hw --store DIR on a larger one",
        )
    for file in chosen.files:
        file.unlink(missing_ok=True)
    return Tally(kind="results for room", count=chosen.results, size=chosen.size)


def verify(store: Store) -> tuple[str, ...]:
    """Digests of blobs whose content is not what their name says; each is removed, and made again when next asked for."""
    damaged = []
    for file in sorted((store.root / "blobs").glob("*/*")):
        if digest_file(file) != file.name:
            file.unlink()
            damaged.append(file.name)
    return tuple(damaged)


def _drop_results(store: Store, before: float) -> Tally:
    old = [file for file in (store.root / "results").glob("*/*.json") if file.stat().st_mtime < before]
    return _unlink("results", old)


class _Chosen(msgspec.Struct, kw_only=True):
    """Files that shall go, each result before its blobs; `size` is in bytes that the disk gets back."""

    results: int = 0
    size: int = 0
    files: list[Path] = []


def _unused_longest(store: Store, wanted: int, before: float) -> _Chosen:
    """The longest unused results with the blobs that nothing else names, until they have `wanted` bytes or none is left."""
    found = {store.root / "results" / result.kind / f"{result.key}.json": result for result in store.results()}
    last_used = {file: file.stat().st_mtime for file in found}
    names = Counter(digest for result in found.values() for digest in _digests(result))
    chosen = _Chosen()
    for file in sorted(found, key=last_used.__getitem__):
        if chosen.size >= wanted or last_used[file] >= before:
            break
        names.subtract(_digests(found[file]))
        alone = [store.root / "blobs" / digest[:2] / digest for digest in _digests(found[file]) if not names[digest]]
        going = [blob for blob in alone if blob.stat().st_mtime < before]
        chosen.results += 1
        chosen.size += sum(_on_disk(blob) for blob in going)
        chosen.files += [file, *going]
    return chosen


def _digests(result: Result) -> set[str]:
    return {blob.digest for blob in result.outputs.values()}


def _on_disk(file: Path) -> int:
    """Bytes that the disk gets back; images have holes, so their length says nothing."""
    status = file.stat()
    return status.st_blocks * 512 if status.st_nlink == 1 else 0


def _nearest(place: Path) -> Path:
    return place if place.exists() else _nearest(place.parent)


def _gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"


def _drop_trees(store: Store, before: float) -> Tally:
    old = [place for place in (store.root / "trees").glob("*/*") if place.stat().st_mtime < before]
    size = sum(_size(place) for place in old)
    for place in old:
        shutil.rmtree(place)
    return Tally(kind="trees", count=len(old), size=size)


def _drop_blobs(store: Store, before: float) -> Tally:
    wanted = {blob.digest for result in store.results() for blob in result.outputs.values()}
    blobs = (file for file in (store.root / "blobs").glob("*/*") if file.name not in wanted)
    return _unlink("blobs", [file for file in blobs if file.stat().st_mtime < before])


def _drop_leftovers(store: Store, name: str, before: float) -> Tally:
    """What a process that was killed left in `tmp/`, a download that nobody went on with, a repository long not asked."""
    old = [place for place in (store.root / name).glob("*") if place.lstat().st_mtime < before]
    size = sum(_size(place) for place in old)
    for place in old:
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    return Tally(kind=f"leftovers in {name}", count=len(old), size=size)


def _unlink(kind: str, files: list[Path]) -> Tally:
    size = sum(file.stat().st_size for file in files)
    for file in files:
        file.unlink()
    return Tally(kind=kind, count=len(files), size=size)


def _size(place: Path) -> int:
    files = [place] if place.is_file() else place.rglob("*")
    return sum(file.lstat().st_size for file in files if not file.is_dir())
