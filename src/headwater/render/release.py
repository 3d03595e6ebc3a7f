"""The release number and the changelog: left alone, bumped, or counted from history; which of them is seen in the spec."""

from __future__ import annotations

import re
from enum import Enum

from headwater.config.model import Component
from headwater.errors import Failure, Kind, fail
from headwater.origin import Origin
from headwater.overlay.change import Change
from headwater.spec import find, parse, write

RELEASE = "release"  # the kind of the change that this makes
_AUTORELEASE = re.compile(r"%(\{\??autorelease(\}|\s|$)|autorelease(\s|$))")
_PLAIN = re.compile(r"(\d+)(%\{\??dist\})?")
_AUTOCHANGELOG = re.compile(r"^%(?:autochangelog|\{\??autochangelog\})", re.MULTILINE)
BUMPED = "Release raised by one for each change of the project's own"
COUNTED = "Release and changelog counted from history by rpmautospec"


class Way(Enum):
    """How a component gets its release."""

    LEFT = "left"  # as the spec and its overlays say
    BUMPED = "bumped"  # by the number of the project's own changes
    COUNTED = "counted"  # by rpmautospec
    BOTH = "both"  # bumped, and then its changelog counted

    @property
    def bumps(self) -> bool:
        return self in {Way.BUMPED, Way.BOTH}

    @property
    def counts(self) -> bool:
        return self in {Way.COUNTED, Way.BOTH}


def way_of(component: Component, text: str) -> Way:
    """What the settings and the spec together ask for. Raises Failure(CONFIG) where they contradict each other."""
    calculation, counts = component.release.calculation, uses_autorelease(text)
    if calculation == "static" and counts:
        raise _contradicts(component, "its Release uses %autorelease", "autorelease")
    if counts:
        return Way.COUNTED
    raises = calculation in {"auto", "static"}
    if _AUTOCHANGELOG.search(text) or (not component.strict() and not _has_changelog(text)):
        return Way.BOTH if raises else Way.COUNTED
    return Way.BUMPED if raises else Way.LEFT


def uses_autorelease(text: str) -> bool:
    """Whether the last Release of the preamble is counted."""
    found = find(parse(text), "release")
    return bool(found) and bool(_AUTORELEASE.search(found[-1].value))


def bump(component: Component, text: str, times: int) -> str:
    """The spec with its release higher by `times`. Raises Failure(CONFIG) for one that is no plain number.

    As in azldev the last Release of the preamble is read, and every one is written.
    """
    document = parse(text)
    found = find(document, "release")
    if not times or not found:
        return text
    plain = _PLAIN.fullmatch(found[-1].value)
    if not plain:
        why = f"its Release is `{found[-1].value}`; only a number, alone or before %{{?dist}}, can be raised"
        raise _contradicts(component, why, "manual")
    value = f"{int(plain[1]) + times}{plain[2] or ''}"
    for number in range(len(found)):
        document = write(document, find(document, "release")[number], "Release", value)
    return document.text


def change(component: Component, spec: str, before: bytes, after: bytes, description: str) -> Change:
    """What was done to the spec, as a change like any other, so that a line of it can be explained."""
    where = component.where or Origin(file="")
    return Change(kind=RELEASE, description=description, where=where, file=spec, before=before, after=after)


def said_at(component: Component) -> Origin | None:
    """Where a component says how its release is made; where it inherits that, the place of the component itself."""
    own, said = component.where, component.release.where
    return said if said and (not own or said.key.startswith(f"{own.key}.")) else own


def _has_changelog(text: str) -> bool:
    return any(section.name == "%changelog" for section in parse(text).sections)


def _contradicts(component: Component, why: str, instead: str) -> Failure:
    return fail(
        Kind.CONFIG,
        f"the release of `{component.name}` can not be made",
        where=said_at(component),
        why=f"release.calculation is `{component.release.calculation}`, and {why}",
        hint=f'components.{component.name}.release.calculation = "{instead}"',
    )
