"""What a composed root holds that a policy may not want: found in its entries, kept by the root's digest."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from headwater.config.policy import Demand
from headwater.digest import digest_of
from headwater.image.contents import Contents
from headwater.image.model import Entry, Root
from headwater.image.roots import read_root
from headwater.store import Store

VERSION = 2  # of what is looked for
SET_ID, STICKY, ANYBODY = 0o6000, 0o1000, 0o002
DEEPEST = 40  # links that lead to one another, as Linux follows them
LIVE = ("/run", "/proc", "/dev", "/sys", "/tmp")  # noqa: S108 filled when the image runs
LARGEST = 1 << 16  # bytes of a file that is looked into for a key
PLACES = re.compile(r"/(?:etc|root|home|srv|opt|var|usr/local)/|.*\.(?:key|pem|pgp|gpg|asc)$|.*/id_[a-z0-9]+$")
MACHINE_IDS = ("/etc/machine-id", "/var/lib/dbus/machine-id")
NO_IDS = (b"", b"uninitialized")  # machine-id(5)

Read = Callable[[Entry], bytes]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a demand is about: a path, a port or a unit; `package` is who brings it."""

    demand: Demand
    name: str
    detail: str
    package: str = ""


def findings_of(index: str, store: Store) -> tuple[Finding, ...]:
    """What is found in the root whose entries are the blob `index`; looked for once per root."""
    key = digest_of([VERSION, index])
    kept = store.get("findings", key)
    if kept is None:
        root = read_root(index, store)
        words = _words(root, store)
        found = tuple(find(root, lambda entry: words.get(entry.path, ())))
        kept = store.put("findings", key, {}, facts=msgspec.to_builtins(found))
    return msgspec.convert(kept.facts, tuple[Finding, ...])


def are_known(index: str, store: Store) -> bool:
    """Can `findings_of` answer, or is that root gone from the store?"""
    return store.get("findings", digest_of([VERSION, index])) is not None or store.has(index)


def find(root: Root, words: Callable[[Entry], Iterable[str]]) -> Iterator[Finding]:
    """Everything in order of path; `words` says what a file's content gives away."""
    from headwater.secret import secret_by_name  # noqa: PLC0415 many patterns, and most roots were looked at before

    paths = {entry.path: entry for entry in root.entries}
    places: dict[str, str] = {}
    for entry in root.entries:
        if entry.is_link:
            said = list(_dangling(entry, paths, places))
        else:
            named = secret_by_name(entry.path) if entry.is_file and entry.size else ""
            secrets = (f"is {named}", *words(entry)) if named else words(entry)
            said = [*_of_mode(entry), *((Demand.SECRETS, one) for one in secrets)]
        for demand, detail in said:
            yield Finding(demand=demand, name=entry.path, detail=detail, package=entry.package)


def _of_mode(entry: Entry) -> Iterator[tuple[Demand, str]]:
    if entry.is_file and entry.mode & SET_ID:
        who = [f"user {entry.user}"] if entry.mode & 0o4000 else []
        who += [f"group {entry.group}"] if entry.mode & 0o2000 else []
        yield Demand.SETUID, f"runs as {' and '.join(who)}, whoever starts it"
    if entry.mode & ANYBODY and not (entry.is_directory and entry.mode & STICKY):
        yield Demand.WORLD_WRITABLE, f"may be written by anybody (mode {entry.mode & 0o7777:o})"
    if entry.caps:
        yield Demand.FILE_CAPABILITIES, f"runs with {entry.caps}, whoever starts it"


def _words(root: Root, store: Store) -> dict[str, tuple[str, ...]]:
    """What contents give away, by path; files of one package are looked into once."""
    by_pack: dict[str, list[Entry]] = {}
    for entry in root.entries:
        if is_looked_into(entry):
            by_pack.setdefault(entry.pack, []).append(entry)
    return {path: said for entries in by_pack.values() for path, said in _of_pack(entries, store).items()}


def _of_pack(entries: Sequence[Entry], store: Store) -> dict[str, tuple[str, ...]]:
    key = digest_of([VERSION, [(entry.path, entry.digest) for entry in entries]])
    kept = store.use("secrets", key)
    if kept is None:
        with Contents(store) as contents:
            said = {entry.path: tuple(secrets_of(entry, contents.whole)) for entry in entries}
        kept = store.put("secrets", key, {}, facts=said)
    return msgspec.convert(kept.facts, dict[str, tuple[str, ...]])


def is_looked_into(entry: Entry) -> bool:
    """Only small files in a few places are."""
    return entry.is_file and 0 < entry.size <= LARGEST and bool(PLACES.match(entry.path))


def secrets_of(entry: Entry, read: Read) -> Iterator[str]:
    """What the content of such a file gives away; `read` gives it."""
    from headwater.secret import secrets_in  # noqa: PLC0415 as above

    if entry.path in MACHINE_IDS and read(entry).strip() not in NO_IDS:
        yield "is the identity of one machine, which every copy of the image would share"
    yield from secrets_in(entry.path, read(entry))


def _dangling(entry: Entry, paths: dict[str, Entry], places: dict[str, str]) -> Iterator[tuple[Demand, str]]:
    if not place_of(entry.path, paths, places):
        yield Demand.DANGLING_LINKS, f"leads to {entry.target}, where nothing is"


def place_of(path: str, paths: dict[str, Entry], places: dict[str, str], links: int = 0) -> str:
    """Where a path is after all links, empty if nowhere; `places` remembers. What only a running system has counts as there."""
    if path == "/":
        return path
    if path not in places:
        folder, name = posixpath.split(path)
        parent = place_of(folder, paths, places, links)
        here = posixpath.join(parent, name) if parent else ""
        entry = paths.get(here)
        if any(here == live or here.startswith(f"{live}/") for live in LIVE):
            places[path] = here
        elif entry and entry.is_link and links < DEEPEST:
            places[path] = place_of(posixpath.normpath(posixpath.join(parent, entry.target)), paths, places, links + 1)
        else:
            places[path] = here if entry and not entry.is_link else ""
    return places[path]
