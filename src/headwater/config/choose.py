"""Which components somebody means: names, globs, groups, spec files, or all."""

from __future__ import annotations

from pathlib import Path

import msgspec

from headwater.config.globs import is_glob, named
from headwater.config.load import Reading
from headwater.errors import Failure, Kind, Problem, fail
from headwater.suggest import unknown_name


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for. `patterns` are names or shell globs; a glob may match nothing, a name must be known."""

    everything: bool = False
    patterns: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    specs: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.everything or self.patterns or self.groups or self.specs)


def choose(reading: Reading, wanted: Wanted) -> list[str]:
    """Names of the components meant, sorted, each once. Every unknown name is told."""
    known = reading.project.components
    if wanted.everything:
        return sorted(known)
    found: set[str] = set()
    problems: list[Problem] = []
    for pattern in wanted.patterns:
        if is_glob(pattern):
            found |= named([pattern], known)
        elif pattern in known:
            found.add(pattern)
        else:
            problems.append(unknown_name("component", pattern, known, Kind.USAGE))
    for group in wanted.groups:
        if group in reading.project.component_groups:
            found |= _members(reading, group)
        else:
            problems.append(unknown_name("component group", group, reading.project.component_groups, Kind.USAGE))
    found |= {_of_spec(reading, spec) for spec in wanted.specs}
    if problems:
        raise Failure(problems)
    return sorted(found)


def _members(reading: Reading, group: str) -> set[str]:
    """All members of a group; in a project of azldev's only those that `specs` finds, as there."""
    found = {name for name in reading.heirs.specs if group in reading.heirs.groups_of[name]}
    if reading.layers.builder.dialect.azldev:
        return found
    return found | set(reading.project.component_groups[group].components)


def _of_spec(reading: Reading, spec: Path) -> str:
    if not spec.is_file():
        raise fail(Kind.USAGE, f"`{spec}` is not there", why="-s names a spec file", hint=f"ls {spec.parent}")
    if spec.stem not in reading.project.components:
        raise Failure([unknown_name("component", spec.stem, reading.project.components, Kind.USAGE)])
    return spec.stem
