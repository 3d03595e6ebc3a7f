"""Two folders compared file by file, as unified hunks and as single lines: the words and numbers of azldev's `diff-sources`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from headwater.render.prepared import files_of
from headwater.store import Store
from headwater.upstream.model import SourceTree

CONTEXT = 3  # unchanged lines around a hunk
LOOKED_AT = 8192  # bytes in which a zero makes a file binary

_Codes = Sequence[tuple[str, int, int, int, int]]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was added or removed, with its number in the new or in the old file, from 1."""

    line: int
    type: str
    content: str


class FileDiff(msgspec.Struct, frozen=True, kw_only=True):
    """A file that differs; `text` are its unified hunks, or a `message` stands for them."""

    path: str
    status: str
    is_binary: bool = False
    message: str = ""
    text: str = ""
    changes: tuple[Line, ...] = ()

    @property
    def shown(self) -> str:
        return f"{self.message}\n" if self.message else self.text


def compare_trees(before: SourceTree, after: SourceTree, store: Store) -> list[FileDiff]:
    """What overlays did to a tree and to those of its archives that were fetched."""
    return list(compare_files(_contents(before, after, store), _contents(after, before, store)))


def _contents(tree: SourceTree, other: SourceTree, store: Store) -> dict[str, bytes]:
    """Each file's content; of archives only of those that the other tree has not."""
    files = {name: file.content for name, file in files_of(tree).items()}
    archives = {name: one.digest for name, one in tree.archives.items() if other.archives.get(name) != one}
    return {**{name: _archive(store.path(digest), digest) for name, digest in archives.items()}, **files}


def _archive(path: Path, digest: str) -> bytes:
    """A text whole; of anything else what tells that it is none, and which it is."""
    with path.open("rb") as file:
        begin = file.read(LOOKED_AT)
    return begin + digest.encode() if b"\0" in begin else path.read_bytes()


def compare_files(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[FileDiff]:
    """What differs, by path. Only the content counts."""
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old != new:
            yield _compare(path, old, new)


def _compare(path: str, old: bytes | None, new: bytes | None) -> FileDiff:
    status = "added" if old is None else "removed" if new is None else "modified"
    if _is_binary(old) or _is_binary(new):
        return FileDiff(path=path, status=status, is_binary=True, message=_message("Binary", path, status))
    if not old and not new:
        return FileDiff(path=path, status=status, message=_message("Empty", path, status))
    first, last = _lines(old), _lines(new)
    groups = list(difflib.SequenceMatcher(None, first, last).get_grouped_opcodes(CONTEXT))
    head = f"--- {'/dev/null' if old is None else f'a/{path}'}\n+++ {'/dev/null' if new is None else f'b/{path}'}\n"
    return FileDiff(
        path=path,
        status=status,
        text=head + "".join(part for group in groups for part in _hunk(group, first, last)),
        changes=tuple(line for group in groups for line in _changes(group, first, last)),
    )


def _hunk(group: _Codes, first: Sequence[str], last: Sequence[str]) -> Iterator[str]:
    old, new = _range(group[0][1], group[-1][2]), _range(group[0][3], group[-1][4])
    yield f"@@ -{old} +{new} @@\n"
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            yield from (f" {line}" for line in first[i1:i2])
        else:
            yield from (f"-{line}" for line in first[i1:i2])
            yield from (f"+{line}" for line in last[j1:j2])


def _changes(group: _Codes, first: Sequence[str], last: Sequence[str]) -> Iterator[Line]:
    for tag, i1, i2, j1, j2 in group:
        if tag != "equal":
            yield from (Line(line=number + 1, type="remove", content=_valid(first[number])) for number in range(i1, i2))
            yield from (Line(line=number + 1, type="add", content=_valid(last[number])) for number in range(j1, j2))


def _lines(content: bytes | None) -> list[str]:
    """Lines with their ends. What follows the last line break is a line, too, even if it is nothing: so azldev counts."""
    return [f"{line}\n" for line in content.decode(errors="surrogateescape").split("\n")] if content else []


def _range(start: int, stop: int) -> str:
    """Unified diff's way to name lines: counted from 1, and the line before where there are none."""
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _valid(line: str) -> str:
    """A line for JSON: without its end, and with a mark for each byte that is no text."""
    return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", line.rstrip("\n").rstrip("\r"))


def _message(what: str, path: str, status: str) -> str:
    match status:
        case "added":
            return f"{what} file b/{path} added"
        case "removed":
            return f"{what} file a/{path} removed"
        case _:
            return f"{what} files a/{path} and b/{path} differ"


def _is_binary(content: bytes | None) -> bool:
    return b"\0" in (content or b"")[:LOOKED_AT]
