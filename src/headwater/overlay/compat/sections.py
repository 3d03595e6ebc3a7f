"""Overlays that remove sections, azldev's way: header and body go, conditions that reach out of them stay behind."""

from __future__ import annotations

from headwater.config.overlays import SpecRemoveSection, SpecRemoveSubpackage
from headwater.errors import Failure
from headwater.overlay.compat.conditions import Pair, is_branch, is_idle, pairs, step
from headwater.overlay.compat.document import Document, Section
from headwater.overlay.compat.lines import select
from headwater.overlay.nearest import nearest, refuse

Removal = SpecRemoveSection | SpecRemoveSubpackage


def edit(document: Document, overlay: Removal) -> list[str]:
    """The lines that one of this family makes of a spec."""
    found = _found(document, overlay)
    conditions, stray = pairs(document.lines)
    if stray is not None:
        raise refuse(
            overlay,
            "no section is removed while a condition has no partner",
            why=f"line {stray + 1} of `{document.file}`, `{document.lines[stray].strip()}`",
            hint="wherever it stands, azldev refuses; one that a backslash continues counts too",
        )
    gone = [range(section.start, _end(document, overlay, section, conditions)) for section in found]
    lines = list(document.lines)
    for lost in reversed(gone):
        del lines[lost.start : lost.stop]
    return lines


def _found(document: Document, overlay: Removal) -> list[Section]:
    if isinstance(overlay, SpecRemoveSection):
        if not overlay.section:
            raise refuse(overlay, "the preamble can not be removed", hint="name a section such as `%check`")
        return select(document, overlay, overlay.section, overlay.package)
    found = [section for section in document.sections if section.header.package == overlay.package != ""]
    if not found:
        others = [(section.start + 1, section.header.package) for section in document.sections if section.header.package]
        raise refuse(
            overlay,
            f"the spec has no sub-package `{overlay.package}`",
            why=nearest(overlay.package, others, document.file),
            hint="spell the package as its headers do, without `-n`; macros are not expanded",
        )
    return found


def _end(document: Document, overlay: Removal, section: Section, conditions: list[Pair]) -> int:
    """Where what is removed ends: before the first condition that reaches out, if nothing but conditions stands behind it."""
    lines, whole = document.lines, range(section.start, section.end)
    torn = [pair for pair in conditions if (pair.opener in whole) != (pair.closer in whole)]
    end = min((pair.opener if pair.opener in whole else pair.closer for pair in torn), default=section.end)
    for index in range(end, section.end):
        if not is_idle(lines[index]) and step(lines[index]) == 0:
            raise _torn(document, overlay, section, end, index)
    for index in whole:
        if is_branch(lines[index]):
            # inner conditions come first, so this is the one that the branch belongs to
            own = next((pair for pair in conditions if pair.opener <= index <= pair.closer), None)
            if own and (own.opener not in whole or own.closer not in whole):
                raise _torn(document, overlay, section, index, index)
    return end


def _torn(document: Document, overlay: Removal, section: Section, mark: int, line: int) -> Failure:
    return refuse(
        overlay,
        f"`{document.lines[section.start].strip()}` can not be removed",
        why=f"line {mark + 1} of `{document.file}`, `{document.lines[mark].strip()}`, belongs to a condition that reaches out"
        f" of the section, and line {line + 1} is `{document.lines[line].strip()}`",
        hint="change the conditions first by spec-search-replace",
    )
