"""Overlays on patches, azldev's way: one tag or line more or less, `%prep` as it was."""

from __future__ import annotations

import posixpath
import re

from headwater.config.overlays import PatchAdd, PatchRemove
from headwater.overlay.compat.document import Document
from headwater.overlay.compat.globs import compile_glob
from headwater.overlay.compat.lines import append_to
from headwater.overlay.compat.tags import Tag, add_line, tags
from headwater.overlay.compat.text import fold, lower, trim
from headwater.overlay.nearest import nearest, refuse

_NUMBER = re.compile(r"patch([+-]?[0-9]+)")
_MOST = 1 << 63  # a number that Go's int does not hold is none


def declare(document: Document, overlay: PatchAdd) -> list[str]:
    """The lines of a spec that names the patch: in every `%patchlist`, else by a tag that add makes, not insert."""
    name = name_of(overlay)
    lists = [section for section in document.sections if section.header.name == "%patchlist"]
    if lists:
        return append_to(document, lists, [name])
    return add_line(document, overlay, f"Patch{_highest(document) + 1}: {name}")


def forget(document: Document, overlay: PatchRemove) -> list[str]:
    """The lines of a spec without the numbered tags, of any package, and the lines of `%patchlist` that match the glob."""
    glob = compile_glob(overlay, overlay.file)
    numbered = [tag for tag in _all(document) if number_of(tag.name) is not None]
    listed = [
        (index, trim(document.lines[index]))
        for section in document.sections
        if section.header.name == "%patchlist"
        for index in range(section.body, section.end)
    ]
    gone = {tag.line for tag in numbered if glob.match(tag.value)}
    gone |= {index for index, text in listed if text and glob.match(text)}
    if gone:
        return [line for index, line in enumerate(document.lines) if index not in gone]
    seen = [(tag.line + 1, tag.value) for tag in _all(document) if lower(tag.name).startswith("patch")]
    seen += [(index + 1, text) for index, text in listed]
    raise refuse(
        overlay,
        f"the spec names no patch `{overlay.file}`",
        why=nearest(overlay.file, seen, document.file),
        hint="the whole value is matched, address and macros as they are written; a bare `Patch:` never is",
    )


def name_of(overlay: PatchAdd) -> str:
    """The name that a patch gets beside the spec."""
    return overlay.file or posixpath.basename(overlay.source.rstrip("/"))


def number_of(tag: str) -> int | None:
    """The number of a `PatchN` tag; None for a bare one and for one whose number is a macro."""
    match = _NUMBER.fullmatch(lower(tag))
    return int(match[1]) if match and -_MOST <= int(match[1]) < _MOST else None


def _highest(document: Document) -> int:
    """The highest number: that of a tag, or how many bare tags there are less one; rpm counts those otherwise."""
    found = _all(document)
    numbers = [number for tag in found if (number := number_of(tag.name)) is not None]
    bare = sum(fold(tag.name) == "patch" for tag in found)
    return max([-1, bare - 1, *numbers])


def _all(document: Document) -> list[Tag]:
    return list(tags(document, lambda _: True))
