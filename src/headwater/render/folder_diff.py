"""Two states of a component's folder as one unified diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from headwater.upstream.model import LooseFile, SourceTree

SOURCES = "sources"  # the list of archives, which a tree holds apart


def diff_trees(component: str, old: SourceTree | None, new: SourceTree | None) -> str:
    """All files that differ, the spec first; of files that are no text their sizes. Empty where nothing differs."""
    before, after = _files(old), _files(new)
    specs = {tree.spec for tree in (old, new) if tree}
    names = sorted(before.keys() | after.keys(), key=lambda name: (name not in specs, name))
    return "".join(line for name in names for line in _diff_file(component, name, before.get(name), after.get(name)))


def _files(tree: SourceTree | None) -> dict[str, LooseFile]:
    if tree is None:
        return {}
    listed = {SOURCES: LooseFile(content=tree.sources.encode())} if tree.sources else {}
    return {**tree.files, **listed}


def _diff_file(component: str, name: str, old: LooseFile | None, new: LooseFile | None) -> Iterator[str]:
    if old == new:
        return
    place = f"{component}/{name}"
    if old and new and old.mode != new.mode:
        yield f"# {place}: mode {old.mode:o} -> {new.mode:o}\n"
    contents = [file.content if file else b"" for file in (old, new)]
    if any(b"\0" in content for content in contents):
        yield f"# {place}: {_size(old)} -> {_size(new)}\n"
        return
    before, after = (content.decode(errors="surrogateescape").splitlines(keepends=True) for content in contents)
    names = f"a/{place}" if old else "/dev/null", f"b/{place}" if new else "/dev/null"
    for line in difflib.unified_diff(before, after, *names):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _size(file: LooseFile | None) -> str:
    return f"{len(file.content):,} bytes" if file else "nothing"
