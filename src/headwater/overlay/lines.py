"""Overlays on lines of a spec: prepend, append, search and replace."""

from __future__ import annotations

import re

import msgspec

from headwater.config.overlays import SpecAppendLines, SpecPrependLines, SpecSearchReplace
from headwater.errors import Failure
from headwater.overlay.match import compile_regex, substitute_text
from headwater.overlay.nearest import already, literal_part, nearest, refuse
from headwater.overlay.sections import select
from headwater.spec import Document

_NAMES_END = re.compile(r"(?<!\\)(?:\\\\)*\\n|\n")  # a regex that says where a line ends means several lines
_TELLING = 4  # characters; a shorter replacement stands anywhere by chance


def edit(document: Document, overlay: SpecPrependLines | SpecAppendLines | SpecSearchReplace) -> Document:
    """What one of this family makes of a spec."""
    match overlay:
        case SpecPrependLines():
            return prepend(document, overlay)
        case SpecAppendLines():
            return append(document, overlay)
        case SpecSearchReplace():
            return replace(document, overlay)


def prepend(document: Document, overlay: SpecPrependLines) -> Document:
    """Lines at the top of the spec, or directly behind each header of a section."""
    if not overlay.section:
        return _put(document, overlay, 0)
    for section in reversed(select(document, overlay, overlay.section, overlay.package)):
        document = _put(document, overlay, section.body)
    return document


def append(document: Document, overlay: SpecAppendLines) -> Document:
    """Lines at the end of the spec, or behind the last line that is each section's own."""
    if not overlay.section:
        return _put(document, overlay, len(document.lines), behind=True)
    for section in reversed(select(document, overlay, overlay.section, overlay.package)):
        document = _put(document, overlay, document.tail(section), behind=True)
    return document


def replace(document: Document, overlay: SpecSearchReplace) -> Document:
    """Every match in every line, headers included; of one section (of all packages, or of one), or of the whole spec.

    A regex that no line matches and that names a line's end is searched in the whole text of the section, or of the spec.
    """
    pattern = compile_regex(overlay, overlay.regex)
    scope = _scope(document, overlay)
    changes: dict[int, str | None] = {}
    matched = 0
    for index in scope:
        new = substitute_text(pattern, overlay.replacement, document.lines[index])
        matched += new is not None
        if new not in {None, document.lines[index]}:
            changes[index] = new
    if not changes:
        across = _across(document, overlay) if not matched and _NAMES_END.search(overlay.regex) else None
        if across is None:
            raise _unchanged(document, overlay, scope, matched)
        return across
    return document.rewrite(changes)


def _across(document: Document, overlay: SpecSearchReplace) -> Document | None:
    """Every match in the whole text of the section, of each that is meant, or of the spec; None where there is none."""
    pattern = compile_regex(overlay, overlay.regex)
    ranges = [(0, len(document.lines))]
    if overlay.section:
        sections = select(document, overlay, overlay.section, overlay.package or None)
        ranges = [(section.start, section.end) for section in sections]
    edited = document
    for start, stop in reversed(ranges):
        text = document.slice(start, stop)
        new = substitute_text(pattern, overlay.replacement, text)
        if new is not None and new != text:
            edited = edited.put(start, stop, new)
    return edited if edited is not document else None


def _scope(document: Document, overlay: SpecSearchReplace) -> list[int]:
    if not overlay.section:
        return list(range(len(document.lines)))
    sections = select(document, overlay, overlay.section, overlay.package or None)
    return [index for section in sections for index in range(section.start, section.end)]


def _put(document: Document, overlay: SpecPrependLines | SpecAppendLines, at: int, *, behind: bool = False) -> Document:
    texts = [piece for text in overlay.lines for piece in text.split("\n")]
    start = at - len(texts) if behind else at
    if start >= 0 and texts == document.lines[start : start + len(texts)]:
        raise already(overlay, f"line {start + 1} is `{texts[0]}`")
    return document.splice(at, at, texts)


def _unchanged(document: Document, overlay: SpecSearchReplace, scope: list[int], matched: int) -> Failure:
    what = f"`{overlay.regex}`"
    if matched:
        return already(overlay, f"{matched} lines match {what} and read `{overlay.replacement}`")
    place = f" in `{f'{overlay.section} {overlay.package}'.strip()}`" if overlay.section else ""
    what = f"nothing matches {what}{place}"
    if _NAMES_END.search(overlay.regex) and _across(document, msgspec.structs.replace(overlay, regex=f"(?m){overlay.regex}")):
        why = "a regex that names a line's end is searched in the whole text, where `^` and `$` are its ends"
        return refuse(overlay, what, why=why, hint="begin the regex with `(?m)`, so that `^` and `$` mean lines")
    if elsewhere := _elsewhere(document, overlay, scope):
        return refuse(overlay, what, why=elsewhere[0], hint=elsewhere[1])
    lines = [(index + 1, document.lines[index]) for index in scope]
    there = [number for number, text in lines if len(overlay.replacement) >= _TELLING and overlay.replacement in text]
    if there:
        return already(overlay, f"{what}, and line {there[0]} has `{overlay.replacement}`")
    why = nearest(literal_part(overlay.regex), lines)
    return refuse(overlay, what, why=why, hint="correct `regex`, or remove this overlay if upstream has changed")


def _elsewhere(document: Document, overlay: SpecSearchReplace, scope: list[int]) -> tuple[str, str] | None:
    """Where the regex would have matched, and what to do about it."""
    pattern = compile_regex(overlay, overlay.regex)
    for index in sorted(set(range(len(document.lines))) - set(scope)):
        text = document.lines[index]
        if substitute_text(pattern, "", text) is not None:
            header = document.section_at(index)
            name = f"{header.name} {header.package}".strip()
            return f"line {index + 1} matches, but stands in `{name}`: `{text.strip()}`", "name that section, or none"
    if substitute_text(pattern, "", document.text) is not None:
        return "it matches across lines, and each line is searched by itself", r"name the line's end, `\n`"
    return None
