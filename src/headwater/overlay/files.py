"""Overlays on the loose files beside a spec: prepend lines, search and replace, add, remove, rename."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from msgspec.structs import replace as changed

from headwater.config.overlays import (
    FileAdd,
    FilePrependLines,
    FileRemove,
    FileRename,
    FileSearchReplace,
    Overlay,
    PatchAdd,
)
from headwater.overlay.match import compile_glob, compile_regex, substitute
from headwater.overlay.nearest import already, literal_part, nearest, refuse
from headwater.upstream.model import LooseFile, SourceTree

MOST_BYTES = 64 << 20  # of one file that an overlay brings or edits
_NAME = re.compile(r"[^\s/\x00-\x1f\x7f%][^/\x00-\x1f\x7f%]*")


def edit(tree: SourceTree, overlay: FilePrependLines | FileSearchReplace | FileAdd | FileRemove | FileRename) -> SourceTree:
    """What one of this family makes of a tree."""
    match overlay:
        case FilePrependLines():
            return prepend(tree, overlay)
        case FileSearchReplace():
            return replace(tree, overlay)
        case FileAdd():
            return add(tree, overlay)
        case FileRemove():
            return remove(tree, overlay)
        case FileRename():
            return rename(tree, overlay)


def read_source(overlay: PatchAdd | FileAdd) -> LooseFile:
    """The file that an overlay brings, with its executable bit."""
    path = Path(overlay.source)
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            content = file.read(MOST_BYTES + 1) if stat.S_ISREG(mode) else None
    except OSError as error:
        raise refuse(overlay, f"`{path.name}` can not be read", why=f"{error.strerror}: {path}") from None
    if content is None or len(content) > MOST_BYTES:
        why = f"{path} is {'no regular file' if content is None else f'larger than {MOST_BYTES >> 20} MiB'}"
        raise refuse(overlay, f"`{path.name}` can not be taken", why=why)
    return LooseFile(content=content, mode=0o755 if mode & 0o111 else 0o644)


def put(tree: SourceTree, overlay: Overlay, name: str, file: LooseFile) -> SourceTree:
    """The tree with one file more; its place must be free."""
    check_name(overlay, name)
    there = tree.files.get(name)
    if there is not None and there.content == file.content:
        raise already(overlay, f"`{name}` is there with the same content")
    if there is not None or name in tree.archives:
        raise refuse(
            overlay, f"`{name}` is there already", why="it has other content", hint="use file-remove first, or another name"
        )
    return with_files(tree, {**tree.files, name: file})


def with_files(tree: SourceTree, files: dict[str, LooseFile]) -> SourceTree:
    return changed(tree, files=dict(sorted(files.items())))


def check_name(overlay: Overlay, name: str) -> None:
    """Names are relative paths without tricks."""
    parts = name.split("/")
    if not all(_NAME.fullmatch(part) and part not in {".", "..", ".git"} for part in parts):
        raise refuse(overlay, f"`{name}` is no name for a file beside the spec", why="a plain relative path is expected")


def select(tree: SourceTree, overlay: Overlay, pattern: str) -> tuple[str, ...]:
    """Names of the loose files that a glob matches; never the spec. There is at least one."""
    glob = compile_glob(pattern)
    loose = sorted(name for name in tree.files if name != tree.spec)
    found = tuple(name for name in loose if glob.match(name))
    if found:
        return found
    if glob.match(tree.spec):
        raise refuse(overlay, f"`{pattern}` is the spec itself", hint="use the overlays on specs, such as spec-search-replace")
    if any(glob.match(name) for name in tree.archives):
        raise refuse(overlay, f"`{pattern}` is a source archive", hint="use `archive` to change a file in it")
    raise refuse(overlay, f"no file matches `{pattern}`", why=f"beside the spec are {_listed(loose)}")


def prepend(tree: SourceTree, overlay: FilePrependLines) -> SourceTree:
    """Lines at the top of every file that matches."""
    files = dict(tree.files)
    for name in select(tree, overlay, overlay.file):
        content = files[name].content
        newline = b"\r\n" if content.partition(b"\n")[0].endswith(b"\r") else b"\n"
        head = b"".join(
            piece.encode(errors="surrogateescape") + newline for text in overlay.lines for piece in text.split("\n")
        )
        if content.startswith(head):
            raise already(overlay, f"`{name}` begins with these lines")
        files[name] = changed(files[name], content=head + content)
    return with_files(tree, files)


def replace(tree: SourceTree, overlay: FileSearchReplace) -> SourceTree:
    """Every match in the whole content of every file that matches; at least one must change."""
    names = select(tree, overlay, overlay.file)
    contents = {name: tree.files[name].content for name in names}
    edited = replaced(overlay, contents)
    return with_files(tree, {**tree.files, **{name: changed(tree.files[name], content=new) for name, new in edited.items()}})


def replaced(overlay: FileSearchReplace, contents: dict[str, bytes]) -> dict[str, bytes]:
    """The contents that a search-replace changes; there is at least one."""
    pattern = compile_regex(overlay, overlay.regex)
    new = overlay.replacement.encode()
    results = {name: substitute(pattern, new, content) for name, content in contents.items()}
    edited = {name: result for name, result in results.items() if result is not None and result != contents[name]}
    if edited:
        return edited
    there = [name for name, content in contents.items() if new.strip() and new in content]
    if there or any(result is not None for result in results.values()):
        raise already(overlay, f"`{(there or list(contents))[0]}` has `{overlay.replacement}`")
    name, content = next(iter(contents.items()))
    lines = list(enumerate(content.decode(errors="replace").split("\n"), 1))
    why = nearest(literal_part(overlay.regex), lines, name)
    raise refuse(overlay, f"nothing matches `{overlay.regex}` in {_listed(list(contents))}", why=why, hint=_flags_hint(overlay))


def add(tree: SourceTree, overlay: FileAdd) -> SourceTree:
    """A file of ours; the spec does not name it until a tag does."""
    return put(tree, overlay, overlay.file, read_source(overlay))


def remove(tree: SourceTree, overlay: FileRemove) -> SourceTree:
    """Every file that matches."""
    gone = select(tree, overlay, overlay.file)
    return with_files(tree, {name: file for name, file in tree.files.items() if name not in gone})


def rename(tree: SourceTree, overlay: FileRename) -> SourceTree:
    """The one file that matches gets another base name in its folder."""
    return with_files(tree, {renamed(tree, overlay).get(name, name): file for name, file in tree.files.items()})


def renamed(tree: SourceTree, overlay: FileRename) -> dict[str, str]:
    """Old name and new name."""
    if overlay.replacement in tree.files and not any(map(compile_glob(overlay.file).match, tree.files)):
        raise already(overlay, f"`{overlay.replacement}` is there, and nothing matches `{overlay.file}`")
    found = select(tree, overlay, overlay.file)
    if len(found) > 1:
        raise refuse(overlay, f"`{overlay.file}` matches {len(found)} files, and one can be renamed", why=_listed(list(found)))
    target = "/".join([*found[0].split("/")[:-1], overlay.replacement])
    check_name(overlay, target)
    if target in tree.files or target in tree.archives:
        raise refuse(overlay, f"`{target}` is there already", hint="remove it first by file-remove")
    return {found[0]: target}


def _flags_hint(overlay: FileSearchReplace) -> str:
    if re.search(r"(?<!\\)[\^$]", overlay.regex) and "(?m" not in overlay.regex:
        return "the whole file is searched at once: begin the regex with `(?m)` where `^` and `$` mean lines"
    return ""


def _listed(names: list[str]) -> str:
    return (", ".join(f"`{name}`" for name in names[:12]) + (" ..." if len(names) > 12 else "")) or "no files"
