"""Upstream against rendered: unified hunks, each under the reason and the TOML line of the overlay that made it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from headwater.overlay.change import Change
from headwater.render.model import RenderedPackage
from headwater.render.trace import Edit, edits, trace

CONTEXT = 2  # unchanged lines shown before and after a hunk; lines between two hunks are shown once
_HEADER = re.compile(r"%(package|description|prep|conf|build|install|check|clean|pre|post|preun|postun|files|changelog)\b")


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One hunk of a unified diff, and the change that made it."""

    author: Change
    text: str


def diff(package: RenderedPackage) -> str:
    """All that the overlays of a package did, as text for people: above each hunk stands its reason."""
    return "".join(line for name in changed_files(package) for line in _diff_file(package, name))


def changed_files(package: RenderedPackage) -> dict[str, tuple[Change, ...]]:
    """The changes of each file, in the order in which a reader wants them: the spec, then the others by name."""
    names = {_name(change) for change in package.changes}
    return {
        name: tuple(change for change in package.changes if _name(change) == name)
        for name in sorted(names, key=lambda name: (name != package.upstream.spec, name))
    }


def pieces(changes: Sequence[Change], *, alone: bool = False) -> Iterator[Piece]:
    """What became of one file, as hunks in order. Of one that is no text, or only got another name, its size is told.

    Lines between two hunks are shown with the first; with `alone` each hunk has its own.
    """
    first, last = changes[0].before, changes[-1].after
    if first == last and not changes[-1].renamed_to:
        return
    if _is_binary(first) or _is_binary(last) or first == last:
        yield from (Piece(author=change, text=f"# {_size(change)}\n") for change in changes)
        return
    found = trace(changes)
    yield from _hunks(list(edits(found)), found.first, alone=alone)


def _name(change: Change) -> str:
    return f"{change.archive}:{change.file}" if change.archive else change.file


def _diff_file(package: RenderedPackage, name: str) -> Iterator[str]:
    changes = changed_files(package)[name]
    old = "/dev/null" if changes[0].before is None else f"a/{package.component}/{name}"
    new = "/dev/null" if changes[-1].after is None else f"b/{package.component}/{changes[-1].renamed_to or name}"
    found = list(pieces(changes))
    if found:
        yield f"--- {old}\n+++ {new}\n"
        yield from (f"{_reason(piece.author)}{piece.text}" for piece in found)


def _hunks(pieces: Sequence[Edit], text: Sequence[str], *, alone: bool) -> Iterator[Piece]:
    shown = 0  # lines of the text before that were shown or passed
    for index, edit in enumerate(pieces):
        following = pieces[index + 1].before if index + 1 < len(pieces) else len(text)
        start, end = max(shown, edit.before - CONTEXT), edit.before + len(edit.removed)
        stop = min(following, end + CONTEXT)
        shown = end if alone else stop
        lines = _hunk(edit, text[start : edit.before], text[end:stop], _section(text, edit.before))
        yield Piece(author=edit.author, text="".join(lines))


def _hunk(edit: Edit, lead: Sequence[str], trail: Sequence[str], section: str) -> Iterator[str]:
    around = len(lead) + len(trail)
    before = _range(edit.before - len(lead), len(edit.removed) + around)
    after = _range(edit.after - len(lead), len(edit.added) + around)
    yield f"@@ -{before} +{after} @@{section}\n"
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
