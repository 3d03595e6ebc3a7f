"""Fix-ups: what maintainer scripts would have done, applied to the entries of one package; what bit is remembered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase, translate

import msgspec

from headwater.bridge import paths, versions
from headwater.bridge.model import Contents, Entry, EntryKind
from headwater.config.workshop import Fixup, Trigger
from headwater.digest import identity_of
from headwater.errors import Failure, Kind, Problem

LISTS = (
    "copies",
    "modes",
    "owners",
    "capabilities",
    "remove",
    "drop_requires",
    "drop_conflicts",
)  # must find what they speak of

RELATIONS = ("pre-depends", "depends", "conflicts", "breaks")


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """A package after its fix-ups. `files` are the texts of new files, `copies` the paths that new files are joined from;
    `bites` name, by fix-up, what found its mark.
    """

    entries: dict[str, Entry]
    files: dict[str, str]
    copies: dict[str, tuple[str, ...]]
    provides: tuple[str, ...]
    requires: tuple[str, ...]
    drop_requires: frozenset[str]
    drop_conflicts: frozenset[str]
    triggers: tuple[Trigger, ...]
    bites: dict[str, list[str]]


def matching(name: str, fixups: Iterable[Fixup]) -> tuple[Fixup, ...]:
    """The fix-ups that speak of a package, in the order of the project."""
    return tuple(fixup for fixup in fixups if fnmatchcase(name, fixup.package))


class Removals:
    """Says of a path whether it is removed; a removed directory takes all below it."""

    def __init__(self, fixups: Sequence[Fixup]) -> None:
        globs = list(dict.fromkeys(glob for fixup in fixups for glob in fixup.remove))
        self._patterns = [(glob, re.compile(translate(glob))) for glob in globs]
        self.found: set[str] = set()

    def __call__(self, path: str) -> bool:
        for glob, pattern in self._patterns:
            if any(pattern.match(place) for place in (*paths.parents(path), path)):
                self.found.add(glob)
                return True
        return False


def mend(contents: Contents, fixups: Sequence[Fixup], removals: Removals) -> Mended:
    """The package as it shall be; `removals` has already seen every entry."""
    spoken = spoken_names(contents.fields)
    newest = max((entry.mtime for entry in contents.entries.values()), default=0)
    entries = {path: entry for path, entry in contents.entries.items() if not removals(path)}
    for path in contents.conffiles & entries.keys():
        entries[path] = msgspec.structs.replace(entries[path], config=entries[path].kind is EntryKind.FILE)
    files: dict[str, str] = {}
    copies: dict[str, tuple[str, ...]] = {}
    bites: dict[str, list[str]] = {}
    for fixup in fixups:
        texts = {**fixup.files, **_sysusers(contents.deb.name, fixup)}
        joined = {path: _sources(entries, glob) for path, glob in fixup.copies.items()}
        files |= texts
        copies |= {path: sources for path, sources in joined.items() if sources}
        entries |= {path: _made(path, EntryKind.FILE, newest) for path in [*texts, *(path for path in joined if joined[path])]}
        entries |= {path: _made(path, EntryKind.LINK, newest, target=target) for path, target in fixup.links.items()}
        for path, mode in fixup.directories.items():
            entries[path] = _made(path, EntryKind.DIRECTORY, newest, mode=int(mode, 8))
        found = [f"remove {glob}" for glob in fixup.remove if glob in removals.found]
        found += [f"copies {path}" for path, sources in joined.items() if sources]
        found += [
            f"{field} {name}"
            for field in ("drop_requires", "drop_conflicts")
            for name in getattr(fixup, field)
            if name in spoken
        ]
        bites[identity_of(fixup)] = [*found, *_change(entries, fixup)]
    return Mended(
        entries=dict(sorted(entries.items())),
        files=files,
        copies=copies,
        provides=tuple(word for fixup in fixups for word in fixup.provides),
        requires=tuple(word for fixup in fixups for word in fixup.requires),
        drop_requires=frozenset(word for fixup in fixups for word in fixup.drop_requires),
        drop_conflicts=frozenset(word for fixup in fixups for word in fixup.drop_conflicts),
        triggers=tuple(trigger for fixup in fixups for trigger in fixup.triggers),
        bites=bites,
    )


def check_bites(fixups: Sequence[Fixup], bites: Iterable[dict[str, list[str]]]) -> None:
    """Every word of every fix-up must have found something in some package."""
    found: dict[str, set[str]] = {}
    for bite in bites:
        for key, words in bite.items():
            found.setdefault(key, set()).update(words)
    problems = [problem for fixup in fixups for problem in _misses(fixup, found.get(identity_of(fixup)))]
    if problems:
        raise Failure(problems)


def _change(entries: dict[str, Entry], fixup: Fixup) -> list[str]:
    """Owners, modes and capabilities of entries that are there."""
    found = []
    for path, value in fixup.modes.items():
        if path in entries:
            entries[path] = msgspec.structs.replace(entries[path], mode=int(value, 8))
            found.append(f"modes {path}")
    for path, value in fixup.owners.items():
        if path in entries:
            user, _, group = value.partition(":")
            entries[path] = msgspec.structs.replace(entries[path], user=user, group=group)
            found.append(f"owners {path}")
    for path, value in fixup.capabilities.items():
        if path in entries:
            entries[path] = msgspec.structs.replace(entries[path], capabilities=value)
            found.append(f"capabilities {path}")
    return [*found, *(f"triggers {one.program}" for one in fixup.triggers if one.program in entries)]


def _sources(entries: dict[str, Entry], glob: str) -> tuple[str, ...]:
    """Files of the package that a glob names, in order of their bytes; removed ones are not among them."""
    return tuple(sorted(path for path, entry in entries.items() if entry.kind is EntryKind.FILE and fnmatchcase(path, glob)))


def spoken_names(fields: dict[str, str]) -> set[str]:
    """Every package name that the package's relations speak of."""
    groups = [group for field in RELATIONS for group in versions.parse_relations(fields.get(field, ""))]
    return {relation.name for group in groups for relation in group}


def _sysusers(name: str, fixup: Fixup) -> dict[str, str]:
    return (
        {f"/usr/lib/sysusers.d/{name}-bridge.conf": "".join(f"{line}\n" for line in fixup.sysusers)} if fixup.sysusers else {}
    )


def _made(path: str, kind: EntryKind, mtime: int, *, mode: int = 0, target: str = "") -> Entry:
    usual = {EntryKind.FILE: 0o644, EntryKind.DIRECTORY: 0o755}.get(kind, 0o777)
    config = kind is EntryKind.FILE and path.startswith("/etc/")
    return Entry(path=path, kind=kind, mode=mode or usual, mtime=mtime, target=target, config=config)


def _misses(fixup: Fixup, found: set[str] | None) -> list[Problem]:
    if found is None:
        why = f"no bridged package is called `{fixup.package}`"
        return [_miss(fixup, why)]
    words = [f"{field} {word}" for field in LISTS for word in getattr(fixup, field)]
    words += [f"triggers {one.program}" for one in fixup.triggers]
    return [_miss(fixup, f"`{word}` found nothing in `{fixup.package}`") for word in words if word not in found]


def _miss(fixup: Fixup, why: str) -> Problem:
    return Problem(
        kind=Kind.CONFIG,
        what=f"a fix-up of `{fixup.package}` changes nothing",
        where=fixup.where,
        why=why,
        hint="take the words out that are no longer needed",
    )
