"""Overlays on tags, azldev's way: every tag of a name is meant, nothing is checked to be there once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from headwater.config.overlays import PatchAdd, SpecAddTag, SpecInsertTag, SpecRemoveTag, SpecSetTag, SpecUpdateTag
from headwater.errors import Failure
from headwater.overlay.compat.conditions import depth_at, step
from headwater.overlay.compat.document import Document, Section
from headwater.overlay.compat.lines import append_to, select
from headwater.overlay.compat.text import SPACE, fold, lower, trim_end
from headwater.overlay.nearest import nearest, refuse

_ASCII_SPACE = "\t\n\f\r "  # what `\s` is in RE2
# A name ends at its colon: `Name : x` is no tag, while `%{?x:Requires: q}` is one that is called `%{?x`.
_TAG = re.compile(rf"(?!#)[{SPACE}]*+([^{_ASCII_SPACE}:]+):(.*)", re.DOTALL)
_DIGITS = "0123456789"


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A line that looks like a tag, by its index."""

    name: str
    value: str
    line: int


def edit(document: Document, overlay: SpecAddTag | SpecInsertTag | SpecSetTag | SpecUpdateTag | SpecRemoveTag) -> list[str]:
    """The lines that one of this family makes of a spec."""
    match overlay:
        case SpecAddTag():
            return add(document, overlay)
        case SpecInsertTag():
            return insert(document, overlay)
        case SpecSetTag():
            return _rewritten(document, overlay) or add(document, overlay)
        case SpecUpdateTag():
            return update(document, overlay)
        case SpecRemoveTag():
            return remove(document, overlay)


def tags(document: Document, wanted: Callable[[Section], bool]) -> Iterator[Tag]:
    """All tags of the sections that are wanted, in order; only the preamble and `%package` have any."""
    for section in document.sections:
        if section.tagged and wanted(section):
            for index in range(section.body, section.end):
                if match := _TAG.match(document.lines[index]):
                    yield Tag(name=match[1], value=trim_end(match[2]).lstrip(_ASCII_SPACE), line=index)


def add(document: Document, overlay: SpecAddTag | SpecSetTag) -> list[str]:
    """The tag as the last line of the preamble or of every such `%package`: whatever condition stands open there."""
    return add_line(document, overlay, f"{overlay.tag}: {overlay.value}")


def add_line(document: Document, overlay: SpecAddTag | SpecSetTag | PatchAdd, line: str) -> list[str]:
    """The line at the end of the package that the overlay names."""
    return append_to(document, _homes(document, overlay), [line])


def insert(document: Document, overlay: SpecInsertTag) -> list[str]:
    """The tag behind the last of its family, else behind the last tag, else as add; out of a condition that closes in time."""
    line = f"{overlay.tag}: {overlay.value}"
    found = _homes(document, overlay)
    there = list(tags(document, lambda section: section in found))
    kin = [tag for tag in there if family(tag.name) == family(overlay.tag)]
    if not there:
        return append_to(document, found, [line])
    at = _outside(document, (kin or there)[-1].line, found[-1].end)
    return [*document.lines[: at + 1], line, *document.lines[at + 1 :]]


def update(document: Document, overlay: SpecUpdateTag) -> list[str]:
    """A new value for every tag of that name; there is at least one."""
    found = _rewritten(document, overlay)
    if not found:
        raise _missed(document, overlay)
    return found


def remove(document: Document, overlay: SpecRemoveTag) -> list[str]:
    """Every tag of that name, or only those with that value, in any letters; white space within a value counts."""
    gone = {
        tag.line
        for tag in tags(document, lambda section: section.header.package == overlay.package)
        if lower(tag.name) == lower(overlay.tag) and (not overlay.value or fold(tag.value) == fold(overlay.value))
    }
    if not gone:
        raise _missed(document, overlay)
    return [line for index, line in enumerate(document.lines) if index not in gone]


def family(name: str) -> str:
    """A tag's name without its number, in small letters; one that is all digits keeps them."""
    small = lower(name)
    return small.rstrip(_DIGITS) or small


def _homes(document: Document, overlay: SpecAddTag | SpecSetTag | SpecInsertTag | PatchAdd) -> list[Section]:
    if not overlay.package:
        return document.of("", "")
    return select(document, overlay, "%package", overlay.package)


def _rewritten(document: Document, overlay: SpecSetTag | SpecUpdateTag) -> list[str]:
    """Every tag of that name with the new value, or nothing where there is none; indentation and alignment go."""
    lines = list(document.lines)
    hits = 0
    for tag in tags(document, lambda section: section.header.package == overlay.package):
        if lower(tag.name) == lower(overlay.tag):
            lines[tag.line] = f"{overlay.tag}: {overlay.value}"
            hits += 1
    return lines if hits else []


def _outside(document: Document, line: int, end: int) -> int:
    """Behind the condition that the line stands in, if it closes before `end`; the outermost one, counted from the top."""
    depth = depth_at(document.lines, line)
    if depth <= 0:
        return line
    for index in range(line + 1, end):
        depth += step(document.lines[index])
        if depth <= 0:
            return index
    return line


def _missed(document: Document, overlay: SpecUpdateTag | SpecRemoveTag) -> Failure:
    value = overlay.value if isinstance(overlay, SpecRemoveTag) else ""
    wanted = f"{overlay.tag}: {value}" if value else overlay.tag
    own = list(tags(document, lambda section: section.header.package == overlay.package))
    named = [tag for tag in own if lower(tag.name) == lower(overlay.tag)]
    return refuse(
        overlay,
        f"no tag `{wanted}`" + (f" of `{overlay.package}`" if overlay.package else ""),
        why=nearest(wanted if named else overlay.tag, _seen(named or own), document.file),
        hint="" if named else "a tag is its name and the colon at once, in a line of its own: use spec-search-replace",
    )


def _seen(found: list[Tag]) -> list[tuple[int, str]]:
    return [(tag.line + 1, f"{tag.name}: {tag.value}") for tag in found]
