"""The bridge: every locked .deb as an .rpm in the store; what was made before is only looked up."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import msgspec

from headwater.bridge import deb
from headwater.bridge.closure import parts, update_lock, wishes
from headwater.bridge.convert import MACROS, Converted, convert
from headwater.bridge.fixup import check_bites, matching, spoken_names
from headwater.config.workshop import BridgeRule, Fixup, ForeignPackages
from headwater.digest import digest_of, identity_of
from headwater.errors import Kind, fail
from headwater.progress import step
from headwater.rpm.model import Rpm
from headwater.store import Result, Store
from headwater.toolbox import debian
from headwater.toolbox.debian import Deb
from headwater.toolbox.model import Toolbox

__all__ = ["bridge", "pack", "update_lock"]

VERSION = 2  # of what this room makes of the same .deb
KIND = "bridge"
NAMES = "bridge-names"
BATCH = 12 << 20  # bytes of .debs for one rpmbuild process
EACH = 1 << 19  # bytes that would take as long as what any package takes, however small


def bridge(rule: BridgeRule, root: Path, toolbox: Toolbox, store: Store, *, offline: bool = False) -> tuple[Rpm, ...]:
    """Every package of the locks below the project's `root` as an unsigned .rpm in the store, sorted by name.

    The locks must have been made for the very packages that `rule` names (`update_lock`). What is for all architectures is
    in each lock, and is one package.
    """
    debs = {deb.sha256: deb for part in parts(rule) for deb in _locked(rule, part, root / part.lock)}
    return pack(sorted(debs.values()), rule, toolbox, store, offline=offline)


def _locked(rule: BridgeRule, part: ForeignPackages, lock_file: Path) -> tuple[Deb, ...]:
    lock = debian.read_lock(lock_file)
    if lock is None or not debian.fits(lock, rule.suite, *wishes(part.packages, rule.exclude)):
        raise fail(
            Kind.CONFIG,
            "the bridge's lock is not made for the packages that the project names",
            where=part.where or rule.where,
            why=f"{lock_file.name} {'is not there' if lock is None else 'names other packages, or another suite'}",
            hint="hw bridge update",
        )
    return lock.debs


def pack(debs: Sequence[Deb], rule: BridgeRule, toolbox: Toolbox, store: Store, *, offline: bool = False) -> tuple[Rpm, ...]:
    """One .rpm for each .deb, sorted; a fix-up that finds nothing in any of them is a Failure."""
    excluded = frozenset(name for group in rule.exclude for name in group.names)
    with step("bridge", f"{len(debs)} packages", reason="from Debian") as work:
        keys = _keys(debs, rule.fixups, excluded, toolbox, store, offline=offline)
        results = {one: result for one, key in keys.items() if (result := store.get(KIND, key))}
        missing = [one for one in debs if one not in results]
        if not missing:
            work.cached()
        debian.fetch(missing, store, offline=offline)
        for one, result in _make(missing, keys, rule.fixups, excluded, toolbox=toolbox, store=store):
            results[one] = result
            work.note(one.name, current=len(results), total=len(debs))
    check_bites(rule.fixups, (result.facts["bites"] for result in results.values()))
    return tuple(sorted(msgspec.convert(result.facts["rpm"], Rpm) for result in results.values()))


def _keys(
    debs: Sequence[Deb], fixups: Sequence[Fixup], excluded: frozenset[str], toolbox: Toolbox, store: Store, *, offline: bool
) -> dict[Deb, str]:
    """A key for each .deb: all that decides what becomes of it, and nothing of what others become."""
    spoken = {one: store.get(NAMES, one.sha256) for one in debs}
    debian.fetch([one for one, result in spoken.items() if result is None], store, offline=offline)
    keys = {}
    for one, result in spoken.items():
        names = result.facts if result else _spoken(one, store)
        own = [identity_of(fixup) for fixup in matching(one.name, fixups)]
        dropped = sorted(excluded & set(names))
        keys[one] = digest_of([VERSION, one.sha256, one.name, own, dropped, MACROS, toolbox.key])
    return keys


def _spoken(one: Deb, store: Store) -> list[str]:
    """The package names that a .deb's relations speak of; kept, so that a later run opens no .deb."""
    names = sorted(spoken_names(deb.read_fields(one, store.path(one.sha256))))
    store.put(NAMES, one.sha256, {}, facts=names)
    return names


def _make(
    debs: Sequence[Deb],
    keys: dict[Deb, str],
    fixups: Sequence[Fixup],
    excluded: frozenset[str],
    *,
    toolbox: Toolbox,
    store: Store,
) -> Iterator[tuple[Deb, Result]]:
    """Convert in batches, as many at a time as there are processors; each package is kept as soon as its batch is done."""

    def run(batch: Sequence[Deb]) -> list[tuple[Deb, Result]]:
        begun = time.monotonic()
        with store.scratch(KIND) as folder:
            made = convert(batch, fixups, excluded, folder=folder, toolbox=toolbox, store=store)
            seconds = (time.monotonic() - begun) / len(batch)
            return [(one.deb, _keep(one, keys[one.deb], seconds, store)) for one in made]

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        jobs = [pool.submit(run, batch) for batch in batches(debs)]
        try:
            for job in as_completed(jobs):
                yield from job.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def batches(debs: Sequence[Deb], most: int = BATCH) -> list[list[Deb]]:
    """Groups of about `most` bytes and of one architecture, the largest packages first so that none is waited for at the end.

    One rpmbuild process that has packed a noarch package packs all later ones as noarch (rpm 6.1).
    """
    groups: list[list[Deb]] = []
    room, arch = 0, ""
    for one in sorted(debs, key=lambda deb: (deb.arch == "all", -deb.size, deb.name)):
        cost = one.size + EACH
        if cost > room or one.arch != arch:
            groups.append([])
            room, arch = most, one.arch
        groups[-1].append(one)
        room -= cost
    return groups


def _keep(made: Converted, key: str, seconds: float, store: Store) -> Result:
    blob = store.add_file(made.file, move=True)
    facts: Any = {"rpm": msgspec.to_builtins(made.rpm), "bites": made.bites}
    inputs = {"deb": made.deb.sha256}
    return store.put(KIND, key, {made.rpm.filename: blob}, facts=facts, inputs=inputs, seconds=seconds)
