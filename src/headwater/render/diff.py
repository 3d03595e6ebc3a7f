"""Upstream against rendered: unified hunks, each under the reason and the TOML line of the overlay that made it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from headwater.overlay.change import Change
from headwater.render.model import RenderedPackage
from headwater.render.trace import Edit, edits, trace

CONTEXT = 2  # unchanged lines shown before and after a hunk; lines between two hunks are shown once
_HEADER = re.compile(r"%(package|description|prep|conf|build|install|check|clean|pre|post|preun|postun|files|changelog)\b")


def diff(package: RenderedPackage) -> str:
    """All that the overlays of a package did, as text for people: above each hunk stands its reason."""
    return "".join(line for name in _names(package) for line in _diff_file(package, name))


def _names(package: RenderedPackage) -> list[str]:
    """Changed files in the order in which a reader wants them: the spec, then the others by name."""
    names = {_name(change) for change in package.changes}
    return sorted(names, key=lambda name: (name != package.upstream.spec, name))


def _name(change: Change) -> str:
    return f"{change.archive}:{change.file}" if change.archive else change.file


def _diff_file(package: RenderedPackage, name: str) -> Iterator[str]:
    changes = [change for change in package.changes if _name(change) == name]
    first, last = changes[0].before, changes[-1]
    old = "/dev/null" if first is None else f"a/{package.component}/{name}"
    new = "/dev/null" if last.after is None else f"b/{package.component}/{last.renamed_to or name}"
    if first == last.after and not last.renamed_to:
        return
    yield f"--- {old}\n+++ {new}\n"
    if _is_binary(first) or _is_binary(last.after) or first == last.after:
        yield from (f"{_reason(change)}# {_size(change)}\n" for change in changes)
        return
    found = trace(changes)
    yield from _hunks(list(edits(found)), found.first)


def _hunks(pieces: Sequence[Edit], text: Sequence[str]) -> Iterator[str]:
    shown = 0  # lines of the text before that were shown or passed
    for index, edit in enumerate(pieces):
        following = pieces[index + 1].before if index + 1 < len(pieces) else len(text)
        start, end = max(shown, edit.before - CONTEXT), edit.before + len(edit.removed)
        shown = min(following, end + CONTEXT)
        yield from _hunk(edit, text[start : edit.before], text[end:shown], _section(text, edit.before))


def _hunk(edit: Edit, lead: Sequence[str], trail: Sequence[str], section: str) -> Iterator[str]:
    around = len(lead) + len(trail)
    before = _range(edit.before - len(lead), len(edit.removed) + around)
    after = _range(edit.after - len(lead), len(edit.added) + around)
    yield f"{_reason(edit.author)}@@ -{before} +{after} @@{section}\n"
    for sign, lines in ((" ", lead), ("-", edit.removed), ("+", edit.added), (" ", trail)):
        yield from (_line(sign, line) for line in lines)


def _range(start: int, count: int) -> str:
    """Unified diff's way to name lines: counted from 1, and the line before where there are none."""
    return f"{start + 1 if count else start},{count}"


def _section(text: Sequence[str], index: int) -> str:
    """The spec's section in which a line stands, as `diff -p` shows functions."""
    for line in reversed(text[: index + 1]):
        if _HEADER.match(line):
            return f" {line.rstrip()}"
    return ""


def _line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _reason(author: Change) -> str:
    said = "".join(f"# {line}\n" for line in author.description.splitlines())
    return f"\n{said}#   {author.kind} at {author.where}\n"


def _size(change: Change) -> str:
    sizes = ["nothing" if content is None else f"{len(content):,} bytes" for content in (change.before, change.after)]
    return " -> ".join(sizes)


def _is_binary(content: bytes | None) -> bool:
    return b"\0" in (content or b"")
