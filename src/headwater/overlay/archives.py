"""Overlays on files inside source archives: the archive is opened once, changed, and packed to the same bytes every time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace as changed

from headwater.config.overlays import FileRemove, FileSearchReplace, Overlay
from headwater.digest import digest_file, digest_of, identity_of
from headwater.errors import Failure, Problem
from headwater.origin import Origin
from headwater.overlay.change import Change
from headwater.overlay.files import replaced
from headwater.overlay.match import compile_glob
from headwater.overlay.nearest import kind_of, nearest, refuse
from headwater.overlay.tarball import Tarball, opened
from headwater.store import Result, Store
from headwater.upstream.model import Archive, SourceTree

VERSION = 1  # of what this file makes; a part of every key
_MOST_SEARCHED = 256 << 20  # bytes that one overlay searches
_MOST_SHOWN = 1 << 20  # bytes of a removed file that its Change holds; a larger one is summed up in a line

Edit = tuple[Overlay, str, bytes | None, bytes | None]  # who, which file, before, after


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How one mode changes an archive; `kind` is that of its results in the store."""

    kind: str
    edit: Callable[[Tarball, Overlay], list[Edit]]
    pack: Callable[[Tarball, Path], None]


def apply(
    tree: SourceTree, overlays: Sequence[Overlay], store: Store, way: Way | None = None
) -> tuple[SourceTree, list[Change]]:
    """The tree with its archives changed (`way` None: strictly); new archives are in the store."""
    way = way or STRICT
    problems: list[Problem] = []
    changes: list[Change] = []
    for name in dict.fromkeys(_archive_of(overlay) for overlay in overlays):
        try:
            tree, made = _one(tree, name, [overlay for overlay in overlays if _archive_of(overlay) == name], store, way)
            changes += made
        except Failure as failure:
            problems += failure.problems
    if problems:
        raise Failure(problems)
    return tree, changes


def _one(tree: SourceTree, name: str, overlays: list[Overlay], store: Store, way: Way) -> tuple[SourceTree, list[Change]]:
    old = tree.archives.get(name)
    if old is None:
        names = ", ".join(f"`{other}`" for other in sorted(tree.archives)) or "none"
        raise refuse(overlays[0], f"no source archive is called `{name}`", why=f"the component's archives are {names}")
    key = digest_of([VERSION, old.digest, [identity_of(overlay) for overlay in overlays]])
    result = store.get(way.kind, key) or _make(old, name, overlays, store, key=key, way=way)
    blob = result.outputs["archive"]
    new = changed(old, digest=blob.digest, sha512=result.facts["sha512"], size=blob.size)
    return changed(tree, archives={**tree.archives, name: new}), _changes(result, name, overlays, store)


def _make(old: Archive, name: str, overlays: list[Overlay], store: Store, *, key: str, way: Way) -> Result:
    with store.scratch("archive") as scratch:
        with opened(name, store.path(old.digest), scratch, overlays[0].where) as tarball:
            edits = [edit for overlay in overlays for edit in way.edit(tarball, overlay)]
            _refuse_unnameable(name, edits)
            packed = scratch / "packed"
            way.pack(tarball, packed)
        outputs: dict[str, Path | bytes] = {"archive": packed}
        for index, (_, _, before, after) in enumerate(edits):
            outputs.update(
                {} if before is None else {f"before-{index}": before}, **({} if after is None else {f"after-{index}": after})
            )
        facts = {
            "sha512": digest_file(packed, "sha512"),
            "edits": [[overlays.index(overlay), path] for overlay, path, _, _ in edits],
        }
        return store.put(way.kind, key, outputs, facts=facts, inputs={name: old.digest})


def _refuse_unnameable(name: str, edits: list[Edit]) -> None:
    """A Change says which file it is about, and only in UTF-8; files that stay as they are may have any name."""
    for overlay, path, _, _ in edits:
        try:
            path.encode()
        except UnicodeEncodeError:
            why = "a change is told by the file's name"
            hint = "name the files more closely"
            raise refuse(overlay, f"the name {path!a} in `{name}` is no UTF-8", why=why, hint=hint) from None


def _changes(result: Result, name: str, overlays: list[Overlay], store: Store) -> list[Change]:
    def content(which: str) -> bytes | None:
        return store.read(result.outputs[which].digest) if which in result.outputs else None

    return [
        Change(
            kind=kind_of(overlays[by]),
            description=overlays[by].description,
            where=overlays[by].where or Origin(file="overlays"),
            file=path,
            before=content(f"before-{index}"),
            after=content(f"after-{index}"),
            archive=name,
        )
        for index, (by, path) in enumerate(result.facts["edits"])
    ]


def _edit(tarball: Tarball, overlay: Overlay) -> list[Edit]:
    assert isinstance(overlay, FileRemove | FileSearchReplace), "only these two kinds know archives"
    names = _select(tarball, overlay)
    edits = _removed(tarball, overlay, names) if isinstance(overlay, FileRemove) else _replaced(tarball, overlay, names)
    tarball.edit({path: after for _, path, _, after in edits})
    return edits


def _select(tarball: Tarball, overlay: FileRemove | FileSearchReplace) -> list[str]:
    glob = compile_glob(overlay.file)
    there = tarball.files()
    found = [path for path in there if glob.match(path)]
    if isinstance(overlay, FileSearchReplace):
        found = [path for path in found if not tarball.link(path)]
    if not found:
        why = nearest(overlay.file, list(enumerate(there, 1))).replace("the nearest is line", "the nearest is file")
        hint = f"leave out the folder `{tarball.top}`" if tarball.top and overlay.file.startswith(tarball.top) else ""
        raise refuse(overlay, f"no file in `{tarball.name}` matches `{overlay.file}`", why=why, hint=hint)
    return found


def _removed(tarball: Tarball, overlay: FileRemove, names: list[str]) -> list[Edit]:
    return [(overlay, path, shown(tarball, path), None) for path in names]


def _replaced(tarball: Tarball, overlay: FileSearchReplace, names: list[str]) -> list[Edit]:
    if (total := sum(map(tarball.size, names))) > _MOST_SEARCHED:
        why = f"it matches {len(names)} files of {total >> 20} MiB"
        raise refuse(overlay, f"`{overlay.file}` is too wide to search", why=why, hint="name the files more closely")
    contents = {path: tarball.read(path) for path in names}
    return [(overlay, path, contents[path], new) for path, new in replaced(overlay, contents).items()]


def shown(tarball: Tarball, path: str) -> bytes:
    """What the Change of a removed file shows of it."""
    if goal := tarball.link(path):
        return f"link to {goal}\n".encode(errors="surrogateescape")
    if (size := tarball.size(path)) > _MOST_SHOWN:
        return f"{size} bytes, SHA-256 {tarball.digest(path)}\n".encode()
    return tarball.read(path)


def _archive_of(overlay: Overlay) -> str:
    return str(getattr(overlay, "archive", ""))


STRICT = Way(kind="archive-overlay", edit=_edit, pack=Tarball.pack)
