"""Sections and sub-packages that are gone, and sections that are better written anew than changed line by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from headwater.config.overlays import SpecRemoveSection, SpecRemoveSubpackage
from headwater.overlay.infer.difference import Hunk
from headwater.overlay.infer.places import insertions
from headwater.overlay.infer.state import State, Wish, grant, is_straight
from headwater.spec import PREAMBLE, Document, Section

_PIECES, _CHURN = 5, 0.5
Key = tuple[str, str]  # a section's name and package


def lost_packages(state: State) -> Iterator[Wish]:
    there = _packages(state.goal.spec)
    for package in _packages(state.spec):
        if package not in there:
            yield [(SpecRemoveSubpackage(package=package),)]


def lost_sections(state: State) -> Iterator[Wish]:
    there = keys(state.goal.spec)
    for name, package in keys(state.spec):
        if (name, package) not in there:
            yield [(SpecRemoveSection(section=name, package=package),)]


def written_anew(state: State, key: Key) -> State:
    """The section taken out and put back as the goal has it; the same state where that does not lead nearer."""
    name, package = key
    without = state.after((SpecRemoveSection(section=name, package=package),))
    if name == PREAMBLE or without is None:
        return state
    back = grant(without, insertions(without, headers_only=True))
    return back if is_straight(state, back) else state


def rewritten(state: State) -> tuple[Key, ...]:
    """Sections of which so little is left, in so many pieces, that they are new ones in truth."""
    pieces: defaultdict[Key, list[Hunk]] = defaultdict(list)
    for hunk in state.hunks:
        section = state.spec.section_at(hunk.start)
        pieces[_key(section)].append(hunk)
    return tuple(key for key, hunks in pieces.items() if len(hunks) >= _PIECES and _churn(state, key, hunks) > _CHURN)


def _churn(state: State, key: Key, hunks: list[Hunk]) -> float:
    """Which share of a section's lines, old and new, is in its hunks."""
    there = sum(one.end - one.start for spec in (state.spec, state.goal.spec) for one in spec.sections if _key(one) == key)
    return sum(hunk.stop - hunk.start + len(hunk.new) for hunk in hunks) / max(there, 1)


def keys(spec: Document) -> tuple[Key, ...]:
    """Names and packages of all sections but the preamble, each once, in order."""
    return tuple(dict.fromkeys(_key(section) for section in spec.sections if section.name != PREAMBLE))


def _key(section: Section) -> Key:
    return section.name, section.package


def _packages(spec: Document) -> tuple[str, ...]:
    return tuple(dict.fromkeys(section.package for section in spec.sections if section.package))
