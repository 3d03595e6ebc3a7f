"""Overlays on lines of a spec: prepend, append, search and replace."""

from __future__ import annotations

from headwater.config.overlays import SpecAppendLines, SpecPrependLines, SpecSearchReplace
from headwater.overlay.match import compile_regex, substitute_text
from headwater.overlay.nearest import already, literal_part, nearest, refuse
from headwater.overlay.sections import select
from headwater.spec import Document


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
    """Every match in every line, headers included; of one section (of all packages, or of one), or of the whole spec."""
    pattern = compile_regex(overlay, overlay.regex)
    scope = _scope(document, overlay)
    changes: dict[int, str | None] = {}
    matched = 0
    for index in scope:
        new = substitute_text(pattern, overlay.replacement, document.lines[index].text)
        matched += new is not None
        if new not in {None, document.lines[index].text}:
            changes[index] = new
    if not changes:
        raise _unchanged(document, overlay, scope, matched)
    return document.rewrite(changes)


def _scope(document: Document, overlay: SpecSearchReplace) -> list[int]:
    if not overlay.section:
        return list(range(len(document.lines)))
    sections = select(document, overlay, overlay.section, overlay.package or None)
    return [index for section in sections for index in range(section.start, section.end)]


def _put(document: Document, overlay: SpecPrependLines | SpecAppendLines, at: int, *, behind: bool = False) -> Document:
    texts = [piece for text in overlay.lines for piece in text.split("\n")]
    start = at - len(texts) if behind else at
    if start >= 0 and texts == [line.text for line in document.lines[start : start + len(texts)]]:
        raise already(overlay, f"line {start + 1} is `{texts[0]}`")
    return document.splice(at, at, texts)


def _unchanged(document: Document, overlay: SpecSearchReplace, scope: list[int], matched: int) -> Exception:
    what = f"`{overlay.regex}`"
    lines = [(index + 1, document.lines[index].text) for index in scope]
    if matched:
        return already(overlay, f"what {what} matches is `{overlay.replacement}` in {matched} lines")
    there = [number for number, text in lines if overlay.replacement.strip() and overlay.replacement in text]
    where = f" in `{f'{overlay.section} {overlay.package}'.strip()}`" if overlay.section else ""
    if there:
        return already(overlay, f"nothing matches {what}{where}, and line {there[0]} has `{overlay.replacement}`")
    return _miss(overlay, f"nothing matches {what}{where}", nearest(literal_part(overlay.regex), lines), document, scope)


def _miss(overlay: SpecSearchReplace, what: str, why: str, document: Document, scope: list[int]) -> Exception:
    pattern = compile_regex(overlay, overlay.regex)
    inside = set(scope)
    for index, line in enumerate(document.lines):
        if index not in inside and substitute_text(pattern, "", line.text) is not None:
            header = document.lines[document.section_at(index).start].text.strip()
            return refuse(overlay, what, why=f"line {index + 1} matches, but stands in `{header}`: `{line.text.strip()}`")
    if substitute_text(pattern, "", document.text) is not None:
        return refuse(
            overlay, what, why="it matches across lines, and each line is searched by itself", hint="use one overlay per line"
        )
    return refuse(overlay, what, why=why)
