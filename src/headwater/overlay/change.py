"""Changes: what an overlay did to a file, and whose line asked for it."""

from __future__ import annotations

import difflib

import msgspec

from headwater.origin import Origin


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One file before and after one overlay. `before` None: the file is new; `after` None: it is gone.

    For files inside an archive `archive` names it and `file` is the path in it.
    """

    kind: str
    description: str
    where: Origin
    file: str
    before: bytes | None
    after: bytes | None
    archive: str = ""
    renamed_to: str = ""


class Hunk(msgspec.Struct, frozen=True, kw_only=True):
    """A run of lines that differ; `line` counts from 1 in the text before, lines keep their line ends."""

    line: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


def hunks(change: Change) -> tuple[Hunk, ...]:
    """The change line by line."""
    before, after = _lines(change.before), _lines(change.after)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return tuple(
        Hunk(line=a + 1, removed=tuple(before[a:b]), added=tuple(after[c:d]))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    )


def blame(first: bytes, changes: tuple[Change, ...]) -> tuple[Change | None, ...]:
    """For each line of the last text, the change that wrote it; None where upstream did.

    `changes` are those of one file, in order, beginning from `first`.
    """
    text, owners = _lines(first), [None] * len(_lines(first))
    current: list[Change | None] = list(owners)
    for change in changes:
        after = _lines(change.after)
        matcher = difflib.SequenceMatcher(None, text, after, autojunk=False)
        following: list[Change | None] = [change] * len(after)
        for a, b, size in matcher.get_matching_blocks():
            following[b : b + size] = current[a : a + size]
        text, current = after, following
    return tuple(current)


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode(errors="surrogateescape").splitlines(keepends=True)
