"""From a chain of changes to pieces of difference that have one author each."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

import msgspec

from headwater.overlay.change import Change


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """Neighbouring lines that one change removed and added. `before` and `after` count lines of both texts from 0."""

    before: int
    after: int
    removed: tuple[str, ...]
    added: tuple[str, ...]
    author: Change


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Both texts; for each last line the first line it is (or None), or who wrote it; for each first line who removed it."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    origins: tuple[int | None, ...]
    writers: tuple[Change | None, ...]
    removers: tuple[Change | None, ...]


def trace(changes: Sequence[Change]) -> Trace:
    """Follow every line of one file through its changes, in order."""
    first = lines_of(changes[0].before)
    text = first
    origins: list[int | None] = list(range(len(first)))
    writers: list[Change | None] = [None] * len(first)
    removers: list[Change | None] = [None] * len(first)
    for change in changes:
        after = lines_of(change.after)
        new_origins: list[int | None] = [None] * len(after)
        new_writers: list[Change | None] = [change] * len(after)
        lost = dict.fromkeys(origins, change)
        for a, b, size in difflib.SequenceMatcher(None, text, after, autojunk=False).get_matching_blocks():
            new_origins[b : b + size], new_writers[b : b + size] = origins[a : a + size], writers[a : a + size]
            for origin in origins[a : a + size]:
                lost.pop(origin, None)
        for origin in lost:
            if origin is not None:
                removers[origin] = change
        text, origins, writers = after, new_origins, new_writers
    return Trace(first=tuple(first), last=tuple(text), origins=tuple(origins), writers=tuple(writers), removers=tuple(removers))


def edits(found: Trace) -> Iterator[Edit]:
    """The pieces of difference, in order; lines that kept their origin lie between them."""
    a = c = 0
    while a < len(found.first) or c < len(found.last):
        if c < len(found.last) and found.origins[c] == a:
            a, c = a + 1, c + 1
            continue
        author = found.removers[a] if a < len(found.first) else None
        author = author or found.writers[c]
        assert author, "a line that did not stay was removed or written by a change"
        upto_a, upto_c = _run(found.removers, a, author), _run(found.writers, c, author)
        yield Edit(before=a, after=c, removed=found.first[a:upto_a], added=found.last[c:upto_c], author=author)
        a, c = upto_a, upto_c


def lines_of(content: bytes | None) -> list[str]:
    """Lines with their ends; bytes that are no UTF-8 survive as surrogates."""
    return (content or b"").decode(errors="surrogateescape").splitlines(keepends=True)


def _run(authors: Sequence[Change | None], start: int, author: Change) -> int:
    while start < len(authors) and authors[start] is author:
        start += 1
    return start
