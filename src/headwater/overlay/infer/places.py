"""Lines that come at an end of a section, or behind or before a line that can be told from all others."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.config.overlays import SpecAppendLines, SpecPrependLines
from headwater.overlay.infer.quote import whole_line
from headwater.overlay.infer.scope import replacing, scope_at, searched
from headwater.overlay.infer.state import Move, State, Wish
from headwater.overlay.infer.units import Place, places
from headwater.spec import Document, Role

_NEWEST_FIRST = "%changelog"


def insertions(state: State, *, headers_only: bool = False) -> Iterator[Wish]:
    """Blocks at an end of a section; with `headers_only` those that bring whole sections."""
    for hunk in state.hunks:
        if hunk.start == hunk.stop and (not headers_only or _has_header(hunk.new)):
            found = [overlay for place in places(state.spec.lines, hunk) for overlay in _at_an_end(state.spec, place)]
            yield [(overlay,) for overlay in sorted(found, key=_order)]


def anchored(state: State) -> Iterator[Wish]:
    """Blocks behind or before a line of which there is only one."""
    for hunk in state.hunks:
        if hunk.start == hunk.stop:
            found = [choice for place in places(state.spec.lines, hunk) for choice in _beside(state.spec, place)]
            yield [move for _, move in sorted(found, key=lambda choice: choice[0])]


def _at_an_end(spec: Document, place: Place) -> Iterator[SpecAppendLines | SpecPrependLines]:
    if place.at == 0:
        yield SpecPrependLines(lines=place.lines)
    for section in spec.sections:
        if section.body <= place.at <= section.end:
            if place.at == spec.tail(section):
                yield SpecAppendLines(lines=place.lines, section=section.name, package=section.package)
            if place.at == section.body and section.start < section.body:
                yield SpecPrependLines(lines=place.lines, section=section.name, package=section.package)
    if place.at == len(spec.lines):
        yield SpecAppendLines(lines=place.lines)


def _order(overlay: SpecAppendLines | SpecPrependLines) -> tuple[bool, bool]:
    """At the end of a section rather than at its beginning, but for the changelog; of a named section rather than of the file.

    A new last section is put at the end of the file.
    """
    at_the_end = isinstance(overlay, SpecAppendLines) and _has_header(overlay.lines)
    return not overlay.section and not at_the_end, isinstance(overlay, SpecPrependLines) != (overlay.section == _NEWEST_FIRST)


def _beside(spec: Document, place: Place) -> Iterator[tuple[int, Move]]:
    """Moves with a number that is low for anchors that will stay unique and are near in sense."""
    home = spec.section_at(max(place.at - 1, 0))
    for line, behind in ((place.at - 1, True), (place.at, False)):
        if 0 <= line < len(spec.lines) and _is_only_one(spec, line):
            text = spec.lines[line]
            new = (text, *place.lines) if behind else (*place.lines, text)
            overlay = replacing(scope_at(spec, line), whole_line(text), "\n".join(new))
            yield _strangeness(spec, line) + 2 * (not behind) + 8 * (spec.section_at(line) != home), (overlay,)


def _strangeness(spec: Document, line: int) -> int:
    return {Role.TEXT: 0, Role.HEADER: 1, Role.BODY: 1, Role.COMMENT: 3}.get(spec.roles[line], 5)


def _is_only_one(spec: Document, line: int) -> bool:
    text = spec.lines[line]
    there = searched(spec, scope_at(spec, line))
    return bool(text.strip()) and sum(spec.lines[one.start : one.stop].count(text) for one in there) == 1


def _has_header(lines: tuple[str, ...]) -> bool:
    return bool(Document("\n".join(lines)).marks.headers)
