"""Overlays on whole sections: which a name means, and taking them out without harm to what stays."""

from __future__ import annotations

import re
from collections.abc import Iterable

from headwater.config.overlays import Overlay, SpecRemoveSection, SpecRemoveSubpackage
from headwater.overlay.nearest import did_you_mean, refuse
from headwater.spec import PREAMBLE, Document, Role, Section

_DEFINITION = re.compile(r"\s*%(?:(?:global|define)\s+(\w+)|bcond(?:_with|_without)?\s+(\w+))")

_USE = re.compile(r"%\{?[!?*]*(\w+)|defined[ :(]+(\w+)|macros\.(\w+)|with(?:out)?[ :]+(\w+)")


def edit(document: Document, overlay: SpecRemoveSection | SpecRemoveSubpackage) -> Document:
    """What one of this family makes of a spec."""
    match overlay:
        case SpecRemoveSection():
            return remove_section(document, overlay)
        case SpecRemoveSubpackage():
            return remove_subpackage(document, overlay)


def select(document: Document, overlay: Overlay, name: str, package: str | None) -> tuple[Section, ...]:
    """The sections of a name (any letter case) and package (None: every package); there is at least one."""
    found = tuple(
        section for section in document.sections if section.name == name.lower() and package in {None, section.package}
    )
    if found:
        return found
    wanted = f"{name} {package or ''}".strip()
    alike: list[Section] = [
        section for section in document.sections if section.name == name.lower() or package == section.package != ""
    ]
    in_macro = _in_macro(document, name)
    spell = "spell the package as the section's header does" if alike and package else ""
    raise refuse(
        overlay,
        f"the spec has no section `{wanted}`",
        why=in_macro or f"it has {_listed(alike or document.sections)}",
        hint=("" if in_macro else did_you_mean(wanted, map(_header, document.sections[1:]))) or spell,
    )


def remove_section(document: Document, overlay: SpecRemoveSection) -> Document:
    """Take out every section of that name and package."""
    if overlay.section.lower() == PREAMBLE:
        raise refuse(overlay, "the preamble can not be removed", hint="use spec-remove-tag or spec-search-replace")
    return _take_out(document, overlay, select(document, overlay, overlay.section, overlay.package))


def remove_subpackage(document: Document, overlay: SpecRemoveSubpackage) -> Document:
    """Take out every section of a package, whatever its name."""
    found = tuple(section for section in document.sections if section.package == overlay.package != "")
    if not found:
        packages = sorted({section.package for section in document.sections if section.package})
        raise refuse(
            overlay,
            f"the spec has no sub-package `{overlay.package}`",
            why=f"it has {', '.join(f'`{name}`' for name in packages)}" if packages else "it has none",
            hint="spell the package as its `%package` line does, without `-n`",
        )
    return _take_out(document, overlay, found)


def cut(document: Document, lines: Iterable[int]) -> Document:
    """The document without some lines, and without the guards that hold nothing any more."""
    gone = set(lines)
    for guard in sorted(document.guards, key=lambda guard: guard.closer - guard.opener):
        span = range(guard.opener, document.statement(guard.closer))
        marks = {line for mark in guard.marks for line in range(mark, document.statement(mark))}
        inner = [line for line in span if line not in marks]
        if gone.intersection(inner) and all(line in gone or document.roles[line] is Role.BLANK for line in inner):
            gone.update(span, _blanks(document, span.stop) if _blank(document, span.start - 1) else ())
    end = len(document.lines)
    while end and (end - 1 in gone or (end < len(document.lines) and _blank(document, end - 1))):  # no blank lines at the end
        end -= 1
        gone.add(end)
    return document.rewrite(dict.fromkeys(gone))


def _take_out(document: Document, overlay: Overlay, sections: tuple[Section, ...]) -> Document:
    gone: set[int] = set()
    for section in sections:
        stop = document.tail(section)
        if torn := sorted(line for line in document.crossing(section) if line < stop):
            raise refuse(
                overlay,
                f"`{document.lines[section.start].strip()}` can not be removed",
                why=f"line {torn[0] + 1}, `{document.lines[torn[0]].strip()}`, belongs to a condition that"
                " reaches out of the section, and text of the section stands behind it",
                hint="change the section by spec-search-replace",
            )
        gone.update(range(_heading(document, section), stop))
    kept = _still_used(document, gone)
    for section in sections:
        if kept.isdisjoint(range(section.start, section.end)):
            gone.update(_blanks(document, document.tail(section)))
    return cut(document, gone - kept)


def _heading(document: Document, section: Section) -> int:
    """Where a section begins for a reader: with the comment right above its header."""
    start = section.start
    while start and document.roles[start - 1] is Role.COMMENT:
        start -= 1
    return start


def _still_used(document: Document, gone: set[int]) -> set[int]:
    """Lines that define macros which what stays (or another such line) uses, with the conditions they stand in."""
    definitions = {
        line: match[1] or match[2]
        for line in gone
        if (match := _DEFINITION.match(document.lines[line])) and _own(document, line)
    }
    kept: set[int] = set()
    uses = _uses("\n".join(line for index, line in enumerate(document.lines) if index not in gone))
    while used := [line for line, name in definitions.items() if line not in kept and name in uses]:
        for line in used:
            span = range(line, document.statement(line))
            kept.update(span)
            uses |= _uses("\n".join(document.lines[index] for index in span))
    marks = [guard.marks for line in kept for guard in document.around(line) if guard.opener in gone]
    return kept.union(line for group in marks for mark in group for line in range(mark, document.statement(mark)))


def _in_macro(document: Document, name: str) -> str:
    for index, line in enumerate(document.lines):
        if document.roles[index] is Role.BODY and line.lower().split()[:1] == [name.lower()]:
            return f"line {index + 1}, `{line.strip()}`, stands in the body of a macro and begins no section"
    return ""


def _own(document: Document, line: int) -> bool:
    return document.roles[line] is Role.TEXT


def _uses(text: str) -> set[str]:
    """Names of all macros that a text uses."""
    return {name for names in _USE.findall(text) for name in names}


def _blank(document: Document, line: int) -> bool:
    return line < 0 or document.roles[line] is Role.BLANK


def _blanks(document: Document, start: int) -> range:
    stop = start
    while stop < len(document.lines) and document.roles[stop] is Role.BLANK:
        stop += 1
    return range(start, stop)


def _listed(sections: Iterable[Section]) -> str:
    headers = [f"`{_header(section)}` (line {section.start + 1})" for section in sections]
    return ", ".join(headers[:12]) + (" ..." if len(headers) > 12 else "")


def _header(section: Section) -> str:
    return f"{section.name} {section.package}".strip()
