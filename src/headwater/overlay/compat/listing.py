"""The files of a folder as values, and which of them a pattern finds: doublestar's walk, confined to the folder."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from headwater.config.overlays import Overlay
from headwater.overlay.compat.globs import alternatives, check_glob, compile_name, last_brace
from headwater.overlay.nearest import refuse

_MOST_LINKS = 40  # followed in one path, as Linux does
_SPECIAL = re.compile(r"[*?\[{]|\\.", re.DOTALL)
_ESCAPED = re.compile(r"\\([*?\[\]{}])")
_SLASH = re.compile(r"(?<!\\)/")


class Listing(msgspec.Struct, frozen=True):
    """Base names by folder (the root is empty), of files and links and of folders; and where links point to."""

    files: dict[str, set[str]]
    folders: dict[str, set[str]]
    links: Mapping[str, str]

    def has_folder(self, path: str) -> bool:
        return path in self.folders

    def has_file(self, path: str) -> bool:
        folder, name = posixpath.split(path)
        return name in self.files.get(folder, ())


def list_files(files: Iterable[str], folders: Iterable[str] = (), links: Mapping[str, str] | None = None) -> Listing:
    """A listing of paths; folders that files lie in need not be named."""
    listing = Listing({}, {"": set()}, links or {})
    for path in files:
        folder, name = posixpath.split(path)
        _add_folder(listing, folder)
        listing.files.setdefault(folder, set()).add(name)
    for path in folders:
        _add_folder(listing, path)
    return listing


def find(overlay: Overlay, listing: Listing, pattern: str) -> list[str]:
    """The files that a pattern finds, never a spec and nothing of `.git`; a link to a folder is a file, unless named plainly.

    As in doublestar, one that is found on several ways through `**` is there several times. A Failure where the pattern is none
    or looks into a file as if it were a folder; no match is none.
    """
    check_glob(overlay, pattern)
    brace = last_brace(pattern)
    slash = _SLASH.search(pattern, brace) if brace >= 0 else None
    choices = alternatives(overlay, pattern[: slash.start()] if slash else pattern)
    if slash:
        folders = [path for choice in choices for path in _folders(overlay, listing, choice)]
        return _follow(listing, sorted(dict.fromkeys(folders)), pattern[slash.end() :])
    found = [path for choice in choices for path in _files(overlay, listing, choice)]
    return found if brace < 0 else sorted(dict.fromkeys(found))


def clean(overlay: Overlay, path: str) -> str:
    """A path without `.` and `..`, below the root even where it is absolute; a Failure where it leads out."""
    plain = posixpath.normpath(path).lstrip("/")
    if plain == ".." or plain.startswith("../") or "\0" in plain:
        raise refuse(overlay, f"`{path}` leads out of the folder of the spec", why="a path below it is expected")
    return "" if plain == "." else plain


def resolve(overlay: Overlay, listing: Listing, path: str, *, last: bool = True) -> str:
    """A path without links; `last`: also where its last part is one."""
    left, done, followed = clean(overlay, path).split("/")[::-1], list[str](), 0
    while left:
        part = left.pop()
        if part == ".." and not done:
            raise refuse(overlay, f"`{path}` leads out of the folder", why="by a link")
        if part == "..":
            done.pop()
        elif part not in {"", "."}:
            done.append(part)
        here = "/".join(done)
        if here in listing.links and (last or left):
            followed += 1
            if followed > _MOST_LINKS:
                raise refuse(overlay, f"`{path}` goes through too many links", why="they lead to one another")
            done.pop()
            left += listing.links[here].split("/")[::-1]
    return "/".join(done)


def _files(overlay: Overlay, listing: Listing, pattern: str) -> list[str]:
    """The files that a pattern without braces finds."""
    if not _is_plain(pattern):
        parts = _SLASH.split(pattern)
        return _follow(listing, _folders(overlay, listing, "/".join(parts[:-1])), parts[-1])
    path = _ESCAPED.sub(r"\1", pattern)
    _refuse_file(overlay, listing, posixpath.dirname(clean(overlay, path)))
    there = listing.has_file(resolve(overlay, listing, path)) and _may(path)
    return [resolve(overlay, listing, path, last=False)] if there else []


def _folders(overlay: Overlay, listing: Listing, pattern: str) -> list[str]:
    """The folders that a pattern without braces finds: a plain beginning is looked up, the rest goes from folder to folder."""
    parts = _SLASH.split(pattern)
    fixed = next((index for index, part in enumerate(parts) if not _is_plain(part)), len(parts))
    path = _ESCAPED.sub(r"\1", "/".join(parts[:fixed]))
    _refuse_file(overlay, listing, path)
    real = resolve(overlay, listing, path)
    folders = [real] if listing.has_folder(real) else []
    for part in parts[fixed:]:
        folders = _step(listing, folders, part)
    return folders


def _follow(listing: Listing, folders: list[str], pattern: str) -> list[str]:
    """The files that the rest of a pattern finds below folders."""
    *between, last = _SLASH.split(pattern)
    for part in [*between, "**"] if last == "**" else between:
        folders = _step(listing, folders, part)
    name = compile_name("*" if last == "**" else last)
    found = [_join(folder, each) for folder in folders for each in sorted(listing.files.get(folder, ())) if name.match(each)]
    return [path for path in found if _may(path)]


def _step(listing: Listing, folders: list[str], part: str) -> list[str]:
    if not part:
        return folders
    if part == "**":
        return [below for folder in folders for below in _below(listing, folder)]
    name = compile_name(part)
    return [_join(folder, each) for folder in folders for each in sorted(listing.folders[folder]) if name.match(each)]


def _refuse_file(overlay: Overlay, listing: Listing, path: str) -> None:
    """A file where a folder is looked for is an error, not a pattern without a match."""
    parts = clean(overlay, path).split("/")
    for end in range(1, len(parts) + 1):
        above = "/".join(parts[:end])
        if listing.has_file(resolve(overlay, listing, above)):
            raise refuse(overlay, f"`{above}` is a file, and the pattern looks into it", hint="end the pattern there")


def _is_plain(pattern: str) -> bool:
    return all(sign[0][0] == "\\" for sign in _SPECIAL.finditer(pattern))


def _below(listing: Listing, folder: str) -> Iterator[str]:
    left = [folder]
    while left:
        yield (here := left.pop())
        left += [_join(here, name) for name in sorted(listing.folders[here], reverse=True)]


def _may(path: str) -> bool:
    return not path.endswith(".spec") and "/.git/" not in f"/{path}"


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _add_folder(listing: Listing, path: str) -> None:
    here = ""
    for part in path.split("/") if path not in listing.folders else ():
        listing.folders[here].add(part)
        here = _join(here, part)
        listing.folders.setdefault(here, set())
