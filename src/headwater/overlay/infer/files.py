"""The loose files beside a spec: renamed, gone, new, or with another content."""

from __future__ import annotations

import re
from collections.abc import Iterator

from headwater.config.overlays import FileAdd, FilePrependLines, FileRemove, FileRename, FileSearchReplace
from headwater.overlay.infer.difference import Hunk, compare_lines
from headwater.overlay.infer.quote import globs, quote_glob, whole_lines
from headwater.overlay.infer.state import Move, State, Wish, differing
from headwater.upstream.model import LooseFile

_MOST = 4  # places of one file that are searched and replaced; beyond that, the new file says it better
_PLAIN = re.compile(r"[!-.0-\[\]-~]+")  # what the format takes as a new name
_WHOLE = (".patch", ".diff")  # what a tool wrote is not edited


def renamed_files(state: State) -> Iterator[Wish]:
    here, there = state.tree.files, state.goal.tree.files
    gone = {name: file for name, file in here.items() if name not in there}
    new = {name: file for name, file in there.items() if name not in here}
    for old_name, old in gone.items():
        folder, _, _ = old_name.rpartition("/")
        same = [name for name, file in new.items() if file == old and name.rpartition("/")[0] == folder]
        bases = [name.rpartition("/")[2] for name in same]
        yield [(FileRename(file=quote_glob(old_name), replacement=base),) for base in bases if _PLAIN.fullmatch(base)]


def lost_groups(state: State) -> Iterator[Wish]:
    """Many files at once, by a glob that fits no other."""
    gone = [name for name in state.tree.files if name not in state.goal.tree.files]
    yield from ([(FileRemove(file=glob),)] for glob in globs(gone, state.tree.files))


def other_files(state: State) -> Iterator[Wish]:
    """What is left: gone, new, edited, or put in place of the old one."""
    for name in differing(state.tree, state.goal.tree):
        old, new = state.tree.files.get(name), state.goal.tree.files.get(name)
        removed, added = FileRemove(file=quote_glob(name)), FileAdd(file=name, source=state.goal.source(name))
        if old and new:
            edits = list(_edits(name, old, new))
            yield [*edits, (removed, added)]
        else:
            yield [(removed,)] if old else [(added,)]


def _edits(name: str, old: LooseFile, new: LooseFile) -> Iterator[Move]:
    if old.mode != new.mode or name.endswith(_WHOLE):
        return
    try:
        before, after = old.content.decode(), new.content.decode()
    except UnicodeDecodeError:
        return
    if "\0" in before or "\r" in before + after:
        return
    if after.endswith(before) and after.removesuffix(before).endswith("\n"):
        yield (FilePrependLines(file=quote_glob(name), lines=tuple(after.removesuffix(before).split("\n")[:-1])),)
    lines = before.splitlines(keepends=True)
    hunks = compare_lines(lines, after.splitlines(keepends=True))
    if len(hunks) <= _MOST:
        yield tuple(_replacement(name, lines, hunk) for hunk in hunks)


def _replacement(name: str, lines: list[str], hunk: Hunk) -> FileSearchReplace:
    """The hunk by its own lines, and as many around them as it takes for them to be there once."""
    text, start, stop = "".join(lines), hunk.start, hunk.stop
    while not "".join(lines[start:stop]).strip() or _count(text, "".join(lines[start:stop])) > 1:
        if (start, stop) == (0, len(lines)):
            break
        start, stop = max(0, start - 1), stop if start else stop + 1
    around = "".join(lines[start : hunk.start]), "".join(lines[hunk.stop : stop])
    regex, replacement = whole_lines("".join(lines[start:stop]), "".join(hunk.new).join(around))
    return FileSearchReplace(file=quote_glob(name), regex=regex, replacement=replacement)


def _count(text: str, part: str) -> int:
    """How often whole lines are there."""
    return f"\n{text}".count(f"\n{part}")
