"""What differs between two builds: the command, packages, files of these, lines of texts. Pure, on trees in one forest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from difflib import SequenceMatcher

import msgspec

from headwater.build.snapshot import Part, Snapshot
from headwater.engine import File, Forest

Text = Callable[[str], str]  # the text at a path


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One difference. `what` is `arguments`, `environment`, `timeout`, `package`, `file` or `line`; `of` is the part it is in.

    `before` and `after` are empty for what is not there; of a file they are `SHA-256 size`, `-> target` or `directory`.
    """

    what: str
    name: str
    change: str
    before: str = ""
    after: str = ""
    of: str = ""


def command_moves(before: Snapshot, after: Snapshot) -> Iterator[Move]:
    """Arguments, environment, limit of time."""
    if before.arguments != after.arguments:
        yield _move("arguments", "", " ".join(before.arguments), " ".join(after.arguments))
    for name in sorted(before.environment.keys() | after.environment.keys()):
        old, new = before.environment.get(name, ""), after.environment.get(name, "")
        if old != new:
            yield _move("environment", name, old, new)
    if before.timeout != after.timeout:
        yield _move("timeout", "", f"{before.timeout} s", f"{after.timeout} s")


def package_moves(before: Snapshot, after: Snapshot) -> Iterator[Move]:
    """Packages that came, went, or are others; one that was made anew with the same content is told as such."""
    for name in sorted(before.packages.keys() | after.packages.keys()):
        old, new = before.packages.get(name), after.packages.get(name)
        if old != new:
            move = _move("package", name, old.version if old else "", new.version if new else "")
            if old and new:
                change = "same content" if old.tree == new.tree else "made anew" if old.version == new.version else "updated"
                move = msgspec.structs.replace(move, change=change)
            yield move


def file_moves(before: Snapshot, after: Snapshot, forest: Forest, unknown: Collection[str] = ()) -> Iterator[Move]:
    """Files that differ, part by part; of parts that are `unknown` nothing can be said."""
    for parts in ("packages", "made"):
        old: dict[str, Part] = getattr(before, parts)
        new: dict[str, Part] = getattr(after, parts)
        for name in sorted((old.keys() | new.keys()) - set(unknown)):
            left = old[name].tree if name in old else forest.empty
            right = new[name].tree if name in new else forest.empty
            for one in forest.compare(left, right):
                yield msgspec.structs.replace(_move("file", one.path, _told(one.before), _told(one.after)), of=name)


def line_moves(before: Snapshot, after: Snapshot, old: Text, new: Text) -> Iterator[Move]:
    """Lines of generated files and sources that differ; those of a file that came or went are left out."""
    for path in sorted(before.texts.keys() & after.texts.keys()):
        if before.texts[path] != after.texts[path]:
            yield from _lines(path, old(path).splitlines(), new(path).splitlines())


def _lines(path: str, old: list[str], new: list[str]) -> Iterator[Move]:
    for tag, first, last, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        left, right = old[first:last], new[start:stop]
        for number in range(max(len(left), len(right))):
            was, becomes = (side[number] if number < len(side) else "" for side in (left, right))
            change = "changed" if number < min(len(left), len(right)) else "removed" if number < len(left) else "added"
            name = f"{path}:{start + number + 1 if number < len(right) else first + number + 1}"
            yield Move(what="line", name=name, change=change, before=was, after=becomes)


def _move(what: str, name: str, before: str, after: str) -> Move:
    return Move(
        what=what,
        name=name,
        change="changed" if before and after else "added" if after else "removed",
        before=before,
        after=after,
    )


def _told(entry: File | str | None) -> str:
    if isinstance(entry, File):
        return f"{entry.digest.hash[:12]} {entry.digest.size}" + (" x" if entry.executable else "")
    return f"-> {entry}" if isinstance(entry, str) and entry != "/" else "directory" if entry == "/" else ""
