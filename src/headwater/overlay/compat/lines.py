"""Overlays on lines of a spec, azldev's way: put in as they are, searched one by one, headers left alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from headwater.config.overlays import Overlay, SpecAppendLines, SpecPrependLines, SpecSearchReplace
from headwater.errors import Failure
from headwater.overlay.compat.document import Document, Header, Section, header_of
from headwater.overlay.compat.go_regex import compile_go, readable, replace_all
from headwater.overlay.nearest import did_you_mean, literal_part, nearest, refuse

_WHOLE_TEXT = re.compile(r"\\[AzQ]|\(\?[A-Za-z]*-")  # signs by which a regex can tell a line from a text of many


def edit(document: Document, overlay: SpecPrependLines | SpecAppendLines | SpecSearchReplace) -> list[str]:
    """The lines that one of this family makes of a spec."""
    match overlay:
        case SpecPrependLines():
            return prepend(document, overlay)
        case SpecAppendLines():
            return append(document, overlay)
        case SpecSearchReplace():
            return replace(document, overlay)


def prepend(document: Document, overlay: SpecPrependLines) -> list[str]:
    """The lines on top of the spec, or directly behind every header of that section and package."""
    if not overlay.section:
        return [*overlay.lines, *document.lines]
    found = select(document, overlay, overlay.section, overlay.package)
    if overlay.lines and header_of(overlay.lines[-1]) == Header(overlay.section, overlay.package):
        raise refuse(
            overlay,
            f"the last of the lines is `{overlay.section}` itself",
            why="azldev would put the lines behind it again, for ever",
            hint="leave the header out",
        )
    return _with(document, {section.body: overlay.lines for section in found})


def append(document: Document, overlay: SpecAppendLines) -> list[str]:
    """The lines at the end of the spec, or directly before what ends every section of that name and package."""
    if not overlay.section:
        return [*document.lines, *overlay.lines]
    return append_to(document, select(document, overlay, overlay.section, overlay.package), overlay.lines)


def append_to(document: Document, sections: Iterable[Section], lines: Iterable[str]) -> list[str]:
    """The lines at the end of each section, behind its last blank and within whatever condition stands open there."""
    return _with(document, {section.end: tuple(lines) for section in sections})


def replace(document: Document, overlay: SpecSearchReplace) -> list[str]:
    """Every match in every line that is no header; of one section, of all packages unless one is named, or of all."""
    pattern = compile_go(overlay, overlay.regex)
    lines = list(document.lines)
    changed = False
    for section in document.sections:
        header = section.header  # a line that becomes a header by the replacement begins a section for those behind it
        for index in _candidates(document, overlay, pattern, section):
            if not _wanted(overlay, header):
                break
            new = replace_all(pattern, overlay.replacement, lines[index])
            if new is not None and new != lines[index]:
                lines[index], changed = new, True
                header = header_of(new) or header
    if not changed:
        raise _unchanged(document, overlay, pattern)
    return lines


def select(document: Document, overlay: Overlay, name: str, package: str) -> list[Section]:
    """The sections of that name and package, in these letters; there is at least one."""
    found = document.of(name, package)
    if not found:
        raise missing_section(document, overlay, name, package)
    return found


def missing_section(document: Document, overlay: Overlay, name: str, package: str) -> Failure:
    """The failure of an overlay whose section is not there, with the nearest header."""
    wanted = Header(name, package)
    others = [section for section in document.sections if section.header.name == name]
    elsewhere = ", ".join(f"`{section.header}` (line {section.start + 1})" for section in others[:12])
    spell = "spell section and package as the header line does, letter case too, without `-n`; macros are not expanded"
    return refuse(
        overlay,
        f"the spec has no section `{wanted}`",
        why=f"`{document.file}` has {elsewhere}" if elsewhere else nearest(str(wanted), document.headers(), document.file),
        hint=did_you_mean(str(wanted), [str(section.header) for section in document.sections[1:]]) or spell,
    )


def _with(document: Document, additions: dict[int, tuple[str, ...]]) -> list[str]:
    """The lines of a spec with more before some of them."""
    lines: list[str] = []
    last = 0
    for at in sorted(additions):
        lines += [*document.lines[last:at], *additions[at]]
        last = at
    return [*lines, *document.lines[last:]]


def _wanted(overlay: SpecSearchReplace, header: Header) -> bool:
    return overlay.section in {"", header.name} and overlay.package in {"", header.package}


def _candidates(document: Document, overlay: SpecSearchReplace, pattern: Any, section: Section) -> Iterable[int]:
    """The lines of a section that may match.

    A large section is first searched as a whole: each line with a match of its own is touched by one of the matches found so.
    """
    if not _wanted(overlay, section.header):
        return ()
    whole = range(section.body, section.end)
    if len(whole) < 64 or _WHOLE_TEXT.search(overlay.regex) or replace_all(pattern, "", "") is not None:
        return whole
    return _touched(overlay, document, whole)


def _touched(overlay: SpecSearchReplace, document: Document, whole: range) -> Iterator[int]:
    pattern = compile_go(overlay, f"(?m){overlay.regex}")
    data = readable("\n".join(document.lines[whole.start : whole.stop])).encode()
    at, index = 0, whole.start
    while match := pattern.search(data, at):
        start, end = match.span()
        index += data.count(b"\n", at, start)
        count = data.count(b"\n", start, end)
        yield from range(index, index + count + 1)
        index += count + 1
        at = data.find(b"\n", end) + 1
        if not at:
            return


def _unchanged(document: Document, overlay: SpecSearchReplace, pattern: Any) -> Failure:
    place = f" in `{f'{overlay.section} {overlay.package}'.strip()}`" if overlay.section or overlay.package else ""
    within = [section for section in document.sections if _wanted(overlay, section.header)]
    lines = [line for section in within for line in document.numbered(range(section.body, section.end))]
    what = f"nothing changes by `{overlay.regex}`{place}"
    for number, text in lines:
        if replace_all(pattern, overlay.replacement, text) is not None:
            why = f"line {number} of `{document.file}` matches and reads so already: `{text.strip()[:120]}`"
            return refuse(overlay, what, why=why)
    for number, text in document.headers():
        if replace_all(pattern, "", text) is not None:
            why = f"line {number} of `{document.file}` matches, and is a header: `{text.strip()[:120]}`"
            return refuse(overlay, what, why=why, hint="header lines are never searched in compat mode")
    if not within:
        return missing_section(document, overlay, overlay.section, overlay.package)
    return refuse(overlay, what, why=nearest(literal_part(overlay.regex), lines, document.file))
