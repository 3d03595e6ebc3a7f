"""Where an overlay on lines looks: a section, with its package where it has one."""

from __future__ import annotations

from typing import NamedTuple

from headwater.config.overlays import SpecSearchReplace
from headwater.spec import Document, Section


class Scope(NamedTuple):
    """As an overlay says it; both empty for the whole spec."""

    section: str = ""
    package: str = ""


def scope_of(section: Section) -> Scope:
    return Scope(section.name, section.package)


def scope_at(spec: Document, line: int) -> Scope:
    return scope_of(spec.section_at(line))


def searched(spec: Document, scope: Scope) -> list[range]:
    """All lines that a search there looks at, in one range for each section; the main package cannot be meant alone."""
    if not scope.section:
        return [range(len(spec.lines))]
    found = [one for one in spec.sections if one.name == scope.section and scope.package in {"", one.package}]
    return [range(one.start, one.end) for one in found]


def replacing(scope: Scope, regex: str, replacement: str) -> SpecSearchReplace:
    return SpecSearchReplace(section=scope.section, package=scope.package, regex=regex, replacement=replacement)
