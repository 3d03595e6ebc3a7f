"""Runs finishers: offline, on a scratch copy of what they look at; what they made is kept by what they looked at."""

from __future__ import annotations

import posixpath
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from headwater.config.images import Finisher
from headwater.digest import digest_of
from headwater.errors import Kind, fail
from headwater.image import scratch
from headwater.image.contents import Contents
from headwater.image.finishers import FINISHERS, ROOT, UNITS, Command, Step
from headwater.image.index import Index, pattern_of
from headwater.image.model import Entry, Ids
from headwater.store import Blob, Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

VERSION = 1  # of how finishers are run
LEFTOVERS = ("/var/cache/ldconfig/aux-cache", "/etc/.pwd.lock")  # notes of tools to themselves
# a scratch root belongs to one user, so tmpfiles cannot give things away: its owners are read from its lines afterwards
ACCEPT = {"systemd-tmpfiles": (0, 65, 73)}
BY = "made:finisher"
PLACES = frozenset({"/etc", "/usr/lib", "/var/cache", "/var/lib"})  # tools expect them to be there, and write into them


class Changes(msgspec.Struct, frozen=True):
    """What a finisher did to a root: entries that are new or other, and paths that are gone."""

    new: tuple[Entry, ...]
    gone: tuple[str, ...]


def finish(  # noqa: PLR0917 each is a different thing of the image
    index: Index, finishers: Sequence[Finisher], units: Sequence[str], ids: Ids, epoch: int, toolbox: Toolbox, store: Store
) -> Index:
    """The index with what the finishers, in their order, and the enabling of `units` made."""
    made: Index = {}
    for name, step in _steps(finishers, units):
        changes = _changes(name, step, index, toolbox, store)
        fresh = {
            entry.path: msgspec.structs.replace(entry, mtime=epoch) for entry in changes.new if not _is_there(entry, index)
        }
        made = {path: entry for path, entry in {**made, **fresh}.items() if path not in changes.gone}
        index = {path: entry for path, entry in {**index, **fresh}.items() if path not in changes.gone}
    index.update(_owned(made, index, ids, store))
    leftovers = [pattern_of(path) for path in LEFTOVERS]
    return {path: entry for path, entry in index.items() if not any(glob.fullmatch(path) for glob in leftovers)}


def _is_there(entry: Entry, index: Index) -> bool:
    """A directory above what was made, which the finisher did not find because it looks at nothing in it."""
    return entry.is_directory and entry.path in index and index[entry.path].is_directory


def _steps(finishers: Sequence[Finisher], units: Sequence[str]) -> Iterator[tuple[str, Step]]:
    for finisher in finishers:
        if finisher.name not in FINISHERS:
            raise fail(
                Kind.IMAGE,
                f"`{finisher.name}` is no finisher",
                where=finisher.where,
                why=f"known ones are {', '.join(FINISHERS)}",
            )
        yield finisher.name, FINISHERS[finisher.name]
    if units:
        words = ["systemctl", f"--root={ROOT}", "enable", *units]
        yield f"enable {' '.join(units)}", Step(commands=lambda _root: [words], sees=UNITS)


def _changes(name: str, step: Step, index: Index, toolbox: Toolbox, store: Store) -> Changes:
    """What a finisher makes of an index: looked up, or done."""
    part = seen_by(step, index)
    content = [msgspec.structs.replace(entry, pack="", offset=0, package="") for entry in part.values()]
    key = digest_of([VERSION, name, step.sees, toolbox.key, content])
    known = store.use("finish", key)
    if known is None:
        changes = _run(step, part, toolbox, store)
        packs = {entry.pack: Blob(digest=entry.pack, size=entry.size) for entry in changes.new if entry.pack}
        known = store.put("finish", key, packs, facts=msgspec.to_builtins(changes))
    return msgspec.convert(known.facts, Changes)


def seen_by(step: Step, index: Index) -> Index:
    """The part of a root that a finisher finds. Times of what no package brought follow the newest package: left out here."""
    sees = re.compile(step.sees, re.DOTALL)
    wanted = {path for path in index if sees.fullmatch(path) or path in PLACES}
    wanted |= {above for path in wanted for above in _above(path)}
    wanted |= {path for path, entry in index.items() if entry.is_link and path.count("/") == 1}  # /lib and its like
    return {
        path: msgspec.structs.replace(entry, mtime=0) if entry.package.startswith("made:") else entry
        for path, entry in index.items()
        if path in wanted
    }


def _above(path: str) -> Iterator[str]:
    while path != "/":
        path = posixpath.dirname(path)
        yield path


def _run(step: Step, part: Index, toolbox: Toolbox, store: Store) -> Changes:
    epoch = max((entry.mtime for entry in part.values()), default=0)
    with store.scratch("root") as root:
        scratch.lay_out(part, root, store)
        for words in step.commands(root):
            _command(words, root, epoch, toolbox)
        new, gone = scratch.changes(part, root, epoch, store, by=BY)
    return Changes(tuple(new[path] for path in sorted(new)), tuple(sorted(gone)))


def _command(words: Command, root: Path, epoch: int, toolbox: Toolbox) -> None:
    sandbox.run(
        toolbox,
        ["sh", "-c", 'umask 022; exec "$@"', "finisher", *words],
        binds=[sandbox.Bind(source=root, target=ROOT, writable=True)],
        env={"SOURCE_DATE_EPOCH": str(epoch)},
        accept=ACCEPT.get(words[0], (0,)),
        kind=Kind.IMAGE,
        what=f"the finisher `{words[0]}` failed",
    )


_LINE = re.compile(r"^[a-zA-Z][+!=~^$-]*\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)", re.MULTILINE)


_CONF = re.compile(r"/(usr/lib|etc)/tmpfiles\.d/[^/]+\.conf")


def _owned(new: Index, index: Index, ids: Ids, store: Store) -> Index:
    """New entries with owner and mode as the tmpfiles.d lines of exactly their paths say; those of /etc count last."""
    lines = {}
    files = [entry for path, entry in index.items() if entry.is_file and _CONF.fullmatch(path)] if new else []
    with Contents(store) as contents:
        for file in sorted(files, key=lambda entry: (entry.path.startswith("/etc"), entry.path)):
            for path, mode, user, group in _LINE.findall(contents.whole(file).decode(errors="replace")):
                lines[path] = (mode.lstrip(":~"), user.lstrip(":"), group.lstrip(":"))
    owned = dict(new)
    for path, entry in new.items():
        mode, user, group = lines.get(path, ("-", "-", "-"))
        bits = int(mode, 8) if re.fullmatch("[0-7]{3,4}", mode) and not entry.is_link else stat.S_IMODE(entry.mode)
        owned[path] = msgspec.structs.replace(
            entry,
            mode=stat.S_IFMT(entry.mode) | bits,
            user=user if user in ids.users else entry.user,
            group=group if group in ids.groups else entry.group,
        )
    return owned
