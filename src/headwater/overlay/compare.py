"""What the two modes make of the same overlays, line by line, and which overlay it is due to: the review before moving."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import msgspec

from headwater.config.overlays import Overlay
from headwater.errors import Problem
from headwater.origin import Origin
from headwater.overlay.change import Change, blame
from headwater.upstream.model import SourceTree

OWN = "own"  # the kind of what a mode does of its own accord
_TAGS = "strict keeps a tag's alignment; azldev writes one space behind the colon"
_ENDS = "strict puts lines behind the section's own last line; azldev before the next header, even into that one's condition"
_REMOVED = "strict keeps macros that the rest uses, drops conditions that became empty, and takes the comment above along"
_WHY = {
    "spec-add-tag": "strict adds a tag before a condition that wraps the next section; azldev right before the next header",
    "spec-insert-tag": "strict puts it behind the last of its family in each such package; azldev in one place",
    "spec-set-tag": _TAGS,
    "spec-update-tag": _TAGS,
    "spec-remove-tag": "strict drops conditions that became empty",
    "spec-prepend-lines": "strict knows headers in macros from real ones, and `%preamble`",
    "spec-append-lines": _ENDS,
    "spec-search-replace": "strict searches headers, too",
    "spec-remove-section": _REMOVED,
    "spec-remove-subpackage": _REMOVED,
    "patch-add": "strict puts the tag behind the last patch, with the number that rpm counts; azldev behind the preamble",
    "patch-remove": "strict takes the patch's lines of `%prep` along",
    "file-add": "strict keeps the executable bit",
    OWN: "azldev puts a note on top and the switches of `build` into a file of macros; strict puts them into the spec",
}


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one mode made of a component: a tree and its changes, or why it made nothing."""

    tree: SourceTree | None = None
    changes: tuple[Change, ...] = ()
    problems: tuple[Problem, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of a file that the modes do not share, by the overlay that they are due to; `file` is empty where one refused."""

    component: str
    file: str
    kind: str
    where: Origin
    lines: int
    why: str


def compare(component: str, overlays: Sequence[Overlay], strict: Side, compat: Side) -> tuple[Difference, ...]:
    """All differences; empty where both give the same bytes. What no overlay asked for is of the kind OWN."""
    refused = [*_refusals(component, "strict", strict), *_refusals(component, "azldev", compat)]
    if strict.tree is None or compat.tree is None:
        return tuple(refused)
    found: Counter[tuple[str, str, Origin]] = Counter()
    asked = {overlay.where for overlay in overlays}
    for name in sorted({*strict.tree.files, *compat.tree.files}):
        if strict.tree.files.get(name) != compat.tree.files.get(name):
            for change in _authors(name, strict, compat):
                found[name, change.kind if change.where in asked else OWN, change.where] += 1
    return tuple(
        Difference(component=component, file=name, kind=kind, where=where, lines=lines, why=_WHY.get(kind, ""))
        for (name, kind, where), lines in found.items()
    )


def _refusals(component: str, mode: str, side: Side) -> Iterator[Difference]:
    for problem in side.problems:
        why = f"{mode} refuses it: {problem.what}"
        where = problem.where or Origin(file=component)
        yield Difference(component=component, file="", kind=mode, where=where, lines=0, why=why)


def _authors(name: str, strict: Side, compat: Side) -> Iterator[Change]:
    """For each line that only one side has, the change that wrote it there, or took it away on the other."""
    one, other = _written(name, strict), _written(name, compat)
    lines = [line for line, _ in one], [line for line, _ in other]
    for tag, a, b, c, d in SequenceMatcher(None, *lines, autojunk=False).get_opcodes():
        if tag != "equal":
            found = [*_blamed(name, one[a:b], compat), *_blamed(name, other[c:d], strict)]
            yield from found or _beside(one, a, b) or _beside(other, c, d) or [*_of(name, strict), *_of(name, compat)][-1:]
    if lines[0] == lines[1]:  # the mode is another
        yield from [*_of(name, strict), *_of(name, compat)][-1:]


def _blamed(name: str, lines: Sequence[tuple[str, Change | None]], other: Side) -> Iterator[Change]:
    for line, author in lines:
        change = author or (_remover(name, line, other) if line.strip() else None)
        if change:
            yield change


def _beside(lines: Sequence[tuple[str, Change | None]], start: int, stop: int) -> list[Change]:
    """Who wrote the line next to some that nobody wrote: an empty line that stands elsewhere was moved by its neighbour."""
    around = [author for _, author in (*lines[stop : stop + 1], *reversed(lines[max(start - 1, 0) : start]))]
    return [author for author in around if author][:1]


def _remover(name: str, line: str, side: Side) -> Change | None:
    for change in _of(name, side):
        if _lines(change.before).count(line) > _lines(change.after).count(line):
            return change
    return None


def _written(name: str, side: Side) -> list[tuple[str, Change | None]]:
    """The lines of a file, each with the change that wrote it."""
    assert side.tree, "both sides made a tree"
    file = side.tree.files.get(name)
    if file is None:
        return []
    lines, changes = _lines(file.content), _of(name, side)
    authors = blame(changes[0].before or b"", changes) if changes else [None] * len(lines)
    return list(zip(lines, authors, strict=False))


def _lines(content: bytes | None) -> list[str]:
    """As `blame` counts them."""
    return (content or b"").decode(errors="surrogateescape").splitlines(keepends=True)


def _of(name: str, side: Side) -> tuple[Change, ...]:
    return tuple(change for change in side.changes if name in {change.file, change.renamed_to} and not change.archive)
