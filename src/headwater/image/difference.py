"""Two images compared: which packages moved, which files differ in what, and which input brought each of them."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from headwater.image.model import Entry, Ids, Image, Root
from headwater.image.roots import read_root
from headwater.rpm.model import Rpm
from headwater.store import Store

MADE = {  # what made the entries that no package brought
    "made:skeleton": "places that every system has",
    "made:identity": "name and identity of the machine",
    "made:file": "files of the image's table",
    "made:sysusers": "users and groups",
    "made:rpmdb": "the databases of rpm and dnf5",
    "made:finisher": "finishers",
}
DIGEST = re.compile(r"[0-9a-f]{64}")
TYPES = {stat.S_IFDIR: "directory", stat.S_IFREG: "file", stat.S_IFLNK: "link"}


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A package that is not the same on both sides; `before` and `after` are `[EPOCH:]VERSION-RELEASE`, empty for none.

    `change` is `added`, `removed`, `updated` (another version or release), `rebuilt` (the same, with other content) or
    `signed` (another signature only).
    """

    name: str
    change: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.before} -> {self.after}" if self.change == "updated" else f"{self.name} {self.change}"


class Aspect(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in which a file differs: `type`, `content` (SHA-256), `mode`, `owner`, `target` or `capabilities`."""

    what: str
    before: str
    after: str


class FileMove(msgspec.Struct, frozen=True, kw_only=True):
    """A path that is not the same on both sides. `change` is `added`, `removed` or `changed`; `size` is the growth in bytes.

    `package` brings it (or did, where it was removed), and `cause` says which input moved.
    """

    path: str
    change: str
    size: int
    package: str
    cause: str
    aspects: tuple[Aspect, ...] = ()


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """A number of both sides: packages, files, bytes of contents, or bytes of one format. None: that side has no such thing."""

    what: str
    before: int | None
    after: int | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in which two images differ. `times` counts paths that differ in nothing but their time.

    `formats` names formats whose bytes differ. `whole` is false where the files of a side are not known any more.
    """

    totals: tuple[Total, ...]
    packages: tuple[Move, ...]
    files: tuple[FileMove, ...]
    times: int
    formats: tuple[str, ...]
    whole: bool

    @property
    def is_empty(self) -> bool:
        return not (self.packages or self.files or self.times or self.formats)


def compare_images(before: Image, after: Image, store: Store) -> Difference:
    """The difference of two images whose indexes the store has; without them, that of their packages and formats."""
    old, new = root_of(before, store), root_of(after, store)
    packages = moves(before.packages, after.packages)
    files: tuple[FileMove, ...] = ()
    times, known = 0, []
    if old and new:
        files, times = compare_roots(old, new, packages)
        known = [
            Total(what="files", before=len(old.entries), after=len(new.entries)),
            Total(what="content", before=content_size(old), after=content_size(new)),
        ]
    formats = list(_formats(before, after))
    return Difference(
        totals=(
            Total(what="packages", before=len(before.packages), after=len(after.packages)),
            *known,
            *(one for one, _ in formats),
        ),
        packages=packages,
        files=files,
        times=times,
        formats=tuple(total.what for total, same in formats if not same),
        whole=old is not None and new is not None,
    )


def root_of(image: Image, store: Store) -> Root | None:
    """The entries of an image; None where the store does not have them (any more). Its note may come from anybody."""
    if not DIGEST.fullmatch(image.index) or not store.has(image.index):
        return None
    try:
        return read_root(image.index, store)
    except (ValueError, RecursionError):  # a blob that is no index
        return None


def content_size(root: Root) -> int:
    """Bytes of all contents, hard links once."""
    return sum(size for _, size in sizes(root))


def sizes(root: Root) -> Iterator[tuple[Entry, int]]:
    """Entries with the bytes that each adds: a hard link adds nothing after the first of its names."""
    seen = set()
    for entry in root.entries:
        again = entry.links and (entry.package, entry.links) in seen
        seen.add((entry.package, entry.links))
        yield entry, 0 if again else entry.size


def moves(before: Sequence[Rpm], after: Sequence[Rpm]) -> tuple[Move, ...]:
    """The packages that are not the same, in order of name."""
    old, new = {rpm.name: rpm for rpm in before}, {rpm.name: rpm for rpm in after}
    found = (_move(name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys()))
    return tuple(move for move in found if move)


def _move(name: str, old: Rpm | None, new: Rpm | None) -> Move | None:
    was, becomes = old.evr if old else "", new.evr if new else ""
    if old is None or new is None:
        return Move(name=name, change="added" if new else "removed", before=was, after=becomes)
    if old.digest == new.digest:
        return None
    same = (old.payload or old.digest) == (new.payload or new.digest)
    change = "updated" if was != becomes else "signed" if same else "rebuilt"
    return Move(name=name, change=change, before=was, after=becomes)


def compare_roots(before: Root, after: Root, packages: Sequence[Move] = ()) -> tuple[tuple[FileMove, ...], int]:
    """The paths that differ, in order, and how many others differ in time only; `packages` are what moved meanwhile."""
    old, new = ({entry.path: entry for entry in root.entries} for root in (before, after))
    moved = {move.name: move for move in packages}
    found, times = [], 0
    for path in sorted(old.keys() | new.keys()):
        was, becomes = old.get(path), new.get(path)
        change = "changed" if was and becomes else "added" if becomes else "removed"
        aspects = tuple(_aspects(was, before.ids, becomes, after.ids)) if was and becomes else ()
        if was and becomes and not aspects:
            times += was.mtime != becomes.mtime
            continue
        one = becomes or was
        assert one, "a path has an entry on one side"
        size = (becomes.size if becomes else 0) - (was.size if was else 0)
        cause = _cause(was, becomes, moved)
        found.append(FileMove(path=path, change=change, size=size, package=one.package, cause=cause, aspects=aspects))
    return tuple(found), times


def _aspects(was: Entry, old: Ids, becomes: Entry, new: Ids) -> Iterator[Aspect]:
    kinds = TYPES.get(stat.S_IFMT(was.mode), "special"), TYPES.get(stat.S_IFMT(becomes.mode), "special")
    pairs = {
        "type": kinds,
        "content": (was.digest, becomes.digest),
        "mode": (f"{stat.S_IMODE(was.mode):04o}", f"{stat.S_IMODE(becomes.mode):04o}"),
        "owner": _owners(was, old, becomes, new),
        "target": (was.target, becomes.target),
        "capabilities": (was.caps, becomes.caps),
    }
    for what, (left, right) in pairs.items():
        if left != right:
            yield Aspect(what=what, before=left, after=right)


def _owners(was: Entry, old: Ids, becomes: Entry, new: Ids) -> tuple[str, str]:
    """Owners by name, or by number where the same names have other numbers."""
    names = f"{was.user}:{was.group}", f"{becomes.user}:{becomes.group}"
    return (_numbers(was, old), _numbers(becomes, new)) if names[0] == names[1] else names


def _numbers(entry: Entry, ids: Ids) -> str:
    return f"{ids.users.get(entry.user, '?')}:{ids.groups.get(entry.group, '?')}"


def _cause(was: Entry | None, becomes: Entry | None, moved: Mapping[str, Move]) -> str:
    """The input that moved: a package, a step of ours, or else the image's own table (a removal, say)."""
    for entry in (becomes, was):
        if entry and entry.package in moved:
            return str(moved[entry.package])
    for entry in (becomes, was):
        if entry and entry.package in MADE:
            return MADE[entry.package]
    return "the image's table"


def _formats(before: Image, after: Image) -> Iterator[tuple[Total, bool]]:
    """Each format of either side, and whether its bytes are the same."""
    old, new = ({one.format: one for one in image.artefacts} for image in (before, after))
    for name in sorted(old.keys() | new.keys()):
        was, becomes = old.get(name), new.get(name)
        total = Total(what=name, before=was.size if was else None, after=becomes.size if becomes else None)
        yield total, bool(was and becomes and was.digest == becomes.digest)
