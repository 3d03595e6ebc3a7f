"""A component's sources as a folder: spec, files, `sources`, archives, and the history in which its release is counted.

As azldev's `prepare-sources` leaves it: nothing is filtered and nothing counted; whoever builds from the folder does that.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from headwater.config.model import Component, OverlayOrigin, SourceFile
from headwater.config.overlays import FilePrependLines, FileRemove, FileRename, FileSearchReplace
from headwater.errors import Failure, Kind, Problem, fail
from headwater.render import release
from headwater.render.finish import Finisher
from headwater.render.model import RenderedPackage
from headwater.render.render import with_digest
from headwater.render.synthetic import Synthetic
from headwater.render.tree import SOURCES, fill, folder
from headwater.store import Store
from headwater.upstream import names_listed, relist
from headwater.upstream.model import Archive, LooseFile, SourceTree
from headwater.whole import replacing

GIT = ".git"
LOOSE = (FilePrependLines, FileRemove, FileRename, FileSearchReplace)  # overlays on files that are there


class Preparing(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted in the folder. `unpinned` are archives of which the project knows no digest."""

    overlays: bool = True
    history: bool = True
    archives: bool = True
    unpinned: bool = False


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in the folder; `history` (a Synthetic) None: it is no repository."""

    files: dict[str, LooseFile]
    archives: dict[str, Archive]
    history: Any = None


def prepare_package(
    package: RenderedPackage, component: Component, finisher: Finisher, how: Preparing
) -> tuple[Prepared, tuple[Problem, ...]]:
    """An overlaid package as a folder, and what a user should know of it. Raises Failure(CONFIG) for a release."""
    package, told = relisted(package, component)
    package, history = with_history(package, finisher) if how.history else (package, None)
    archives = package.tree.archives if how.archives else {}
    return Prepared(files=folder(package), archives=archives, history=history), told


def untouched(tree: SourceTree, how: Preparing) -> Prepared:
    """What upstream has, as a folder."""
    return Prepared(files=files_of(tree), archives=tree.archives if how.archives else {})


def files_of(tree: SourceTree) -> dict[str, LooseFile]:
    """A tree's files and its list of archives, where it has one."""
    listed = LooseFile(content=tree.sources.encode(errors="surrogateescape"))
    return {**tree.files, SOURCES: listed} if tree.sources else tree.files


def reaches_archives(component: Component, tree: SourceTree) -> bool:
    """Whether overlays work on archives, in them or on a whole one: such an overlay must see them."""
    names = (*names_listed(tree.sources), *(source.filename for source in component.source_files))
    return any(
        getattr(one, "archive", "") or (isinstance(one, LOOSE) and any(fnmatchcase(name, one.file) for name in names))
        for one in component.overlays
    )


def with_history(package: RenderedPackage, finisher: Finisher) -> tuple[RenderedPackage, Synthetic | None]:
    """The package with its release raised where it is not counted, and its history.

    Without a lock in the project's last commit upstream's history stays as it is, and no number is raised.
    """
    commits, base = finisher.commits(package), finisher.base(package)
    if not commits:
        return package, Synthetic(folder(package), (), base, as_it_is=True) if base else None
    if release.way_of(finisher.project.components[package.component], package.tree.text).bumps:
        package = finisher.bumped(package)
    return package, Synthetic(folder(package), commits, base)


def relisted(package: RenderedPackage, component: Component) -> tuple[RenderedPackage, tuple[Problem, ...]]:
    """The package with the digests in `sources` that its archives have after the overlays; those that the project has not.

    A compressor of another kind gives the same tar another digest, so that is told and no failure; of a tar itself it is one.
    """
    before, tree = package.upstream.archives, package.tree
    changed = {name: new for name, new in tree.archives.items() if name in before and new.sha512 != before[name].sha512}
    if not changed or not tree.sources:
        return package, ()
    own = {source.filename: source for source in component.source_files if isinstance(source.origin, OverlayOrigin)}
    digests = {name: _digest(archive, own.get(name)) for name, archive in changed.items()}
    wrong = {name: source for name, source in own.items() if name in digests and not _agrees(source, digests[name][1])}
    problems = tuple(_other_hash(source, digests[name][1]) for name, source in wrong.items())
    if any(name.endswith(".tar") for name in wrong):
        raise Failure(problems)
    tree = msgspec.structs.replace(tree, sources=relist(tree.sources, digests))
    return with_digest(msgspec.structs.replace(package, tree=tree)), problems


def _digest(archive: Archive, own: SourceFile | None) -> tuple[str, str]:
    """Type and digest, of the type that the project has for it."""
    is_sha256 = own is not None and own.hash_type.upper() == "SHA256"
    return ("SHA256", archive.digest) if is_sha256 else ("SHA512", archive.sha512)


def _agrees(source: SourceFile, digest: str) -> bool:
    return source.hash.lower() in {"", digest}


def _other_hash(source: SourceFile, digest: str) -> Problem:
    return Problem(
        kind=Kind.SOURCE,
        what=f"`{source.filename}` has another hash than the project says",
        where=source.where,
        why=f"expected {source.hash}\nfound    {digest}",
        hint="where the overlays are meant, put the new hash into `hash`",
    )


def lay_out(prepared: Prepared, place: Path, store: Store) -> None:
    """Make `place` that folder, whole; what was there goes."""
    with replacing(place) as new:
        _check_names(prepared)
        if prepared.history:
            prepared.history.check_out(new)
            _leave_out(new, prepared.archives)
        else:
            fill(new, prepared.files)
        for name, archive in prepared.archives.items():
            if name not in prepared.files:
                shutil.copyfile(store.path(archive.digest), new / name)


def check_place(place: Path, keep: Mapping[str, Path], *, force: bool) -> None:
    """Raises Failure(USAGE) where a folder may not be replaced: it is not empty, no folder, or holds what must stay."""
    if not place.is_dir():
        if os.path.lexists(place):
            raise fail(Kind.USAGE, f"`{place}` is no folder", why="prepared sources are written into one", hint="-o DIR")
        return
    for what, path in keep.items():
        if path.resolve().is_relative_to(place.resolve()):
            raise fail(Kind.USAGE, f"`{place}` can not be replaced", why=f"{what} lies in it: {path}", hint="-o DIR")
    if not force and any(place.iterdir()):
        why = "prepared sources are a folder of their own"
        raise fail(Kind.USAGE, f"`{place}` is not empty", why=why, hint="--force replaces it")


def _check_names(prepared: Prepared) -> None:
    """Nothing takes the place of git's own folder, whose settings can name programs."""
    for name in (*prepared.files, *prepared.archives):
        if name.split("/")[0].lower() == GIT:
            why = "git would read it, and may run what it names"
            raise fail(
                Kind.SOURCE, f"nothing can be called `{name}`", why=why, hint="see the component's `sources` and overlays"
            )


def _leave_out(place: Path, archives: Mapping[str, Archive]) -> None:
    """Git does not see the archives: they are in no commit, as in every dist-git."""
    lines = [f"/{_escaped(name)}\n" for name in archives]
    exclude = place / GIT / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("".join(lines))


def _escaped(name: str) -> str:
    return "".join(f"\\{char}" if char in r"\*?[]!#" else char for char in name)
