"""Overlays on the loose files beside a spec, azldev's way: what is there is overwritten without a word, modes do not travel."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace as changed

from headwater.config.overlays import (
    FileAdd,
    FilePrependLines,
    FileRemove,
    FileRename,
    FileSearchReplace,
    Overlay,
    PatchAdd,
    PatchRemove,
)
from headwater.errors import Failure
from headwater.overlay.compat.go_regex import compile_go, replace_all
from headwater.overlay.compat.listing import clean, find, list_files
from headwater.overlay.compat.patches import name_of
from headwater.overlay.files import read_source, with_files
from headwater.overlay.nearest import literal_part, nearest, refuse
from headwater.upstream.model import LooseFile, SourceTree

MODE = 0o644  # of every file that an overlay brings

Loose = FilePrependLines | FileSearchReplace | FileAdd | FileRemove | FileRename | PatchAdd | PatchRemove


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """The folder of the sources: a tree, the folders that it had at first, and whether its archives are there to be found."""

    tree: SourceTree
    folders: frozenset[str]
    archives: bool

    @property
    def names(self) -> list[str]:
        return sorted({*self.tree.files, *(self.tree.archives if self.archives else ())})


class Edited(msgspec.Struct, frozen=True, kw_only=True):
    """A tree after an overlay; files that it speaks of even if they stay as they are, and new names by old ones."""

    tree: SourceTree
    touched: tuple[str, ...] = ()
    renamed: dict[str, str] = {}


def edit(sources: Sources, overlay: Loose) -> Edited:
    """What one of this family makes of the folder; of those on patches, the part that is not in the spec."""
    match overlay:
        case FilePrependLines():
            return prepend(sources, overlay)
        case FileSearchReplace():
            return replace(sources, overlay)
        case FileAdd() | PatchAdd():
            return add(sources, overlay)
        case FileRemove() | PatchRemove():
            return remove(sources, overlay)
        case FileRename():
            return rename(sources, overlay)


def folders_of(names: Iterable[str]) -> frozenset[str]:
    """Every folder that a file lies in."""
    found: set[str] = set()
    for name in names:
        parent = posixpath.dirname(name)
        while parent and parent not in found:
            found.add(parent)
            parent = posixpath.dirname(parent)
    return frozenset(found)


def prepend(sources: Sources, overlay: FilePrependLines) -> Edited:
    """The lines on top of every file that matches; LF ends them whatever the file's own lines end in."""
    head = "".join(f"{line}\n" for line in overlay.lines or ("",)).encode(errors="surrogateescape")
    files = dict(sources.tree.files)
    names = _editable(sources, overlay)
    for name in names:
        files[name] = changed(files[name], content=head + files[name].content)
    return Edited(tree=with_files(sources.tree, files))


def replace(sources: Sources, overlay: FileSearchReplace) -> Edited:
    """Every match in the whole content of every file that matches; one of them must change."""
    files = dict(sources.tree.files)
    names = _editable(sources, overlay)
    for name in names:
        files[name] = changed(files[name], content=replaced(overlay, files[name].content))
    if all(files[name] == sources.tree.files[name] for name in names):
        raise unchanged(overlay, {name: sources.tree.files[name].content for name in names})
    return Edited(tree=with_files(sources.tree, files))


def replaced(overlay: FileSearchReplace, content: bytes) -> bytes:
    """The content with every match replaced."""
    text = content.decode(errors="surrogateescape")
    new = replace_all(compile_go(overlay, overlay.regex), overlay.replacement, text)
    return content if new is None else new.encode(errors="surrogateescape")


def add(sources: Sources, overlay: FileAdd | PatchAdd) -> Edited:
    """A file of ours, never executable; its name must be free and its folder there."""
    asked = name_of(overlay) if isinstance(overlay, PatchAdd) else overlay.file
    if isinstance(overlay, FileAdd) and asked.endswith(".spec"):
        raise refuse(overlay, f"`{asked}` is a spec", why="azldev adds none")
    name = clean(overlay, asked)
    parent = posixpath.dirname(name)
    if name in sources.folders or name in sources.names or not name:
        raise refuse(overlay, f"`{asked}` is there already", hint="use file-remove first, or another name")
    if parent and parent not in sources.folders:
        raise refuse(overlay, f"there is no folder `{parent}` to put `{asked}` in", why="azldev makes none")
    new = LooseFile(content=read_source(overlay).content, mode=MODE)
    return Edited(tree=with_files(sources.tree, {**sources.tree.files, name: new}))


def remove(sources: Sources, overlay: FileRemove | PatchRemove) -> Edited:
    """Every file that matches, archives too where they are there."""
    gone = select(sources, overlay, overlay.file)
    if twice := sorted({name for name in gone if gone.count(name) > 1}):
        raise refuse(overlay, f"`{overlay.file}` finds `{twice[0]}` on several ways", why="azldev fails to remove it twice")
    files = {name: file for name, file in sources.tree.files.items() if name not in gone}
    archives = {name: archive for name, archive in sources.tree.archives.items() if name not in gone or not sources.archives}
    return Edited(tree=changed(with_files(sources.tree, files), archives=archives), touched=gone)


def rename(sources: Sources, overlay: FileRename) -> Edited:
    """The one file that matches gets another name in its folder; a file of that name is lost."""
    found = select(sources, overlay, overlay.file)
    if len(found) > 1:
        raise refuse(overlay, f"`{overlay.file}` matches {len(found)} files, and one can be renamed", why=_listed(found))
    old = found[0]
    new = clean(overlay, posixpath.join(posixpath.dirname(old), overlay.replacement))
    if not new or new in sources.folders:
        raise refuse(overlay, f"`{overlay.replacement}` is a folder", hint="choose another name")
    files = {name: file for name, file in sources.tree.files.items() if name != new or name == old}
    archives = {name: archive for name, archive in sources.tree.archives.items() if name != new or name == old}
    files = {new if name == old else name: file for name, file in files.items()}
    archives = {new if name == old else name: archive for name, archive in archives.items()}
    return Edited(tree=changed(with_files(sources.tree, files), archives=archives), renamed={old: new})


def select(sources: Sources, overlay: Overlay, pattern: str) -> tuple[str, ...]:
    """The files that a pattern finds; there is at least one."""
    found = tuple(find(overlay, list_files(sources.names, sources.folders), pattern))
    if not found:
        raise missing_file(overlay, pattern, sources.names)
    return found


def missing_file(overlay: Overlay, pattern: str, there: Iterable[str], place: str = "beside the spec") -> Failure:
    """The failure of an overlay that finds no file, with the nearest name."""
    names = list(there)
    close = nearest(pattern, list(enumerate(names, 1))).replace("the nearest is line", "the nearest is file")
    return refuse(
        overlay,
        f"no file {place} matches `{pattern}`",
        why=close if len(names) > 12 else f"there {'are' if len(names) > 1 else 'is'} {_listed(names)}",
        hint="a spec is never matched: use the overlays on specs" if pattern.endswith(".spec") else "",
    )


def unchanged(overlay: FileSearchReplace, contents: dict[str, bytes]) -> Failure:
    """The failure of a search that changes nothing, with the nearest line."""
    what = f"nothing changes by `{overlay.regex}` in {_listed(contents)}"
    for name, content in contents.items():
        if replace_all(compile_go(overlay, overlay.regex), "", content.decode(errors="surrogateescape")) is not None:
            return refuse(overlay, what, why=f"`{name}` matches, and reads `{overlay.replacement}` already")
    name, content = next(iter(contents.items()))
    lines = list(enumerate(content.decode(errors="replace").split("\n"), 1))
    return refuse(
        overlay,
        what,
        why=nearest(literal_part(overlay.regex), lines, name),
        hint="the whole file is searched at once: begin the regex with `(?m)` where `^` and `$` mean lines",
    )


def _editable(sources: Sources, overlay: FilePrependLines | FileSearchReplace) -> tuple[str, ...]:
    """Archives are left alone: azldev would search their packed bytes."""
    return tuple(select(changed(sources, archives=False), overlay, overlay.file))


def _listed(names: Iterable[str]) -> str:
    shown = [f"`{name}`" for name in names]
    return (", ".join(shown[:12]) + (" ..." if len(shown) > 12 else "")) or "no files"
