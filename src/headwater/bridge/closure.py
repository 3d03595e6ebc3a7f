"""Which .debs the wished packages need: apt's resolver first, then without what only excluded packages had needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from headwater.bridge import deb, versions
from headwater.bridge.fixup import matching
from headwater.bridge.model import Relation
from headwater.config.workshop import MACHINE, BridgeRule, ForeignPackages, NamedPackages
from headwater.progress import step
from headwater.store import Store
from headwater.toolbox import debian
from headwater.toolbox.debian import Deb

Group = tuple[Relation, ...]


def parts(rule: BridgeRule) -> tuple[ForeignPackages, ...]:
    """What is wanted for each architecture, that of this machine first."""
    return (ForeignPackages(architecture=MACHINE, packages=rule.packages, lock=rule.lock), *rule.foreign)


def wishes(packages: Sequence[NamedPackages], exclude: Sequence[NamedPackages]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that are wanted, and those that are never bridged."""
    wanted = sorted({name for group in packages for name in group.names})
    return tuple(wanted), tuple(sorted({name for group in exclude for name in group.names}))


def update_lock(rule: BridgeRule, root: Path, store: Store) -> tuple[str, ...]:
    """Ask the mirror anew and write the locks below the project's `root`; returns what changed as lines `name old -> new`."""
    changes = [(part, line) for part in parts(rule) for line in _update(rule, part, root / part.lock, store)]
    return tuple(line if part.architecture == MACHINE else f"{line} ({part.architecture})" for part, line in changes)


def _update(rule: BridgeRule, part: ForeignPackages, lock_file: Path, store: Store) -> tuple[str, ...]:
    wanted, excluded = wishes(part.packages, rule.exclude)
    with step("lock", lock_file.name, reason="asked for"):
        lock = debian.make_lock(rule.suite, wanted, store, essential=False, architecture=part.architecture)
        debian.fetch(lock.debs, store)
        fields = {one: deb.read_fields(one, store.path(one.sha256)) for one in lock.debs}
        lock = msgspec.structs.replace(lock, exclude=excluded, debs=needed(wanted, frozenset(excluded), rule, fields))
        old = debian.read_lock(lock_file)
        debian.write_lock(lock_file, lock)
    return debian.compare(old, lock)


def needed(
    wanted: Sequence[str], excluded: frozenset[str], rule: BridgeRule, fields: Mapping[Deb, Mapping[str, str]]
) -> tuple[Deb, ...]:
    """Of the resolved packages those that can be reached from the wanted ones without an excluded one, sorted."""
    providers: dict[str, list[Deb]] = {}
    for one, own in fields.items():
        for group in [(Relation(name=one.name),), *versions.parse_relations(own.get("provides", ""))]:
            providers.setdefault(group[0].name, []).append(one)
    reached: set[Deb] = set()
    open_ = [one for name in wanted for one in _chosen([name], providers, excluded)]
    while open_:
        one = open_.pop()
        if one in reached:
            continue
        reached.add(one)
        mine = matching(one.name, rule.fixups)
        dropped = excluded | {name for fixup in mine for name in fixup.drop_requires}
        open_ += [
            other for fixup in mine for name in fixup.requires for other in _chosen(name.split()[:1], providers, excluded)
        ]
        for group in _requires(fields[one]):
            names = [relation.name for relation in versions.without(group, dropped)]
            open_ += _chosen(names, providers, excluded)
    return tuple(sorted(reached))


def _chosen(names: Sequence[str], providers: Mapping[str, list[Deb]], excluded: frozenset[str]) -> list[Deb]:
    """What meets a requirement: of the first alternative that apt took, the package of that name before one providing it."""
    for name in names:
        found = [one for one in providers.get(name, []) if one.name not in excluded]
        if found:
            return [min(found, key=lambda one: (one.name != name, one))]
    return []


def _requires(fields: Mapping[str, str]) -> list[Group]:
    return [group for field in ("pre-depends", "depends") for group in versions.parse_relations(fields.get(field, ""))]
