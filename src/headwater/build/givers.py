"""Which component gives what is asked for: by the names of its packages, its spec, its files, what it gave when built last."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache

import msgspec

from headwater.build.dependency import Dependency, Simple, parse
from headwater.build.listed import merged, names, paths
from headwater.rpm import overlap

_GLOB = re.compile(r"[*?\[]")


class How(IntEnum):
    """How it is known that a package gives something; the first that knows a giver is asked."""

    NAME = 0  # it is called so
    SPEC = 1  # its spec says so
    BUILT = 2  # it did when it was built last
    FILE = 3  # its %files name the path
    GUESS = 4  # rpm will make the name from its %files, or a pattern there fits


class Gift(msgspec.Struct, frozen=True, gc=False):
    """What a package gives: a name, and in which version (an empty relation: not known, or any)."""

    name: str
    how: How
    relation: str = ""
    evr: str = ""


class Package(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One package that a component makes, and what it needs where it is installed."""

    name: str
    gives: tuple[Gift, ...] = ()
    requires: tuple[str, ...] = ()


class Giver(msgspec.Struct, frozen=True, gc=False):
    """A component's package that gives what was asked for; `fits` says whether its version is one that was asked for."""

    component: str
    package: str
    how: How
    fits: bool = True


def gifts(name: str, evr: str, provides: Iterable[str], files: Iterable[str]) -> tuple[Gift, ...]:
    """What a package gives as far as its spec says: its name, its Provides, its %files and what follows from these."""
    found = dict.fromkeys([Gift(name, How.NAME, "=", evr)])
    for text in provides:
        said = parse(text)
        if isinstance(said, Simple) and said.name != name:
            found[Gift(said.name, How.SPEC, said.relation, said.evr)] = None
    for path in paths(files):
        found[Gift(path, How.GUESS if _GLOB.search(path) else How.FILE)] = None
        found |= dict.fromkeys(Gift(guess, How.GUESS) for guess in names(path))
    return tuple(found)


class _Entry(msgspec.Struct, frozen=True, gc=False):
    """A gift, and who gives it."""

    component: str
    package: str
    gift: Gift


class Givers:
    """All that components give, to be asked. Most names have one giver: no list for each, so there is less to collect."""

    def __init__(self, packages: Mapping[str, Iterable[Package]]) -> None:
        self._known: dict[Dependency, tuple[Giver, ...]] = {}
        self._exact: dict[str, _Entry | list[_Entry]] = {}
        self._patterns: dict[str, _Entry | list[_Entry]] = {}  # by what stands before the first glob
        for component in sorted(packages):
            for package in packages[component]:
                for gift in package.gives:
                    self._add(_Entry(component, package.name, gift))

    def _add(self, entry: _Entry) -> None:
        gift = entry.gift
        if gift.how is How.GUESS and (glob := _GLOB.search(gift.name)):
            home, last = _home(gift.name)
            if glob.start() >= len(home) and last.strip("*?)"):
                _put(self._patterns, gift.name[: glob.start()], entry)
        else:
            _put(self._exact, gift.name, entry)

    def of(self, wanted: Dependency) -> tuple[Giver, ...]:
        """Every package that gives it, whichever component makes it, best known first. Of rich ones `with` and `without`."""
        if wanted not in self._known:
            self._known[wanted] = tuple(self._find(wanted))
        return self._known[wanted]

    def _find(self, wanted: Dependency) -> list[Giver]:
        if isinstance(wanted, Simple):
            return sorted(set(self._simple(wanted)), key=lambda one: (not one.fits, one.how, one.component, one.package))
        found, with_ = list(self.of(wanted.parts[0])), wanted.word == "with"
        for part in wanted.parts[1:]:
            also = {(one.component, one.package) for one in self.of(part) if one.fits}
            found = [
                msgspec.structs.replace(one, fits=one.fits and ((one.component, one.package) in also) is with_) for one in found
            ]
        return found

    def _simple(self, wanted: Simple) -> Iterator[Giver]:
        name = merged(wanted.name) if wanted.name.startswith("/") else wanted.name
        for one in _get(self._exact, name):
            gift = one.gift
            fits = not gift.relation or overlap(gift.relation, gift.evr, wanted.relation, wanted.evr)
            yield Giver(one.component, one.package, gift.how, fits)
        home, last = _home(name)
        for end in range(len(home) + 1, len(name) + 1):
            for one in _get(self._patterns, name[:end]):
                if _pattern(one.gift.name).match(name):
                    yield Giver(one.component, one.package, one.gift.how)
        while last and home.count("/") > 1:  # a folder that a line of %files names stands for all that is in it
            for one in _get(self._exact, home):
                if one.gift.how is How.FILE:
                    yield Giver(one.component, one.package, How.GUESS)
            home, last = _home(home)


def _put(table: dict[str, _Entry | list[_Entry]], name: str, entry: _Entry) -> None:
    known = table.get(name)
    if known is None:
        table[name] = entry
    elif isinstance(known, list):
        known.append(entry)
    else:
        table[name] = [known, entry]


def _get(table: Mapping[str, _Entry | list[_Entry]], name: str) -> Sequence[_Entry]:
    known = table.get(name, ())
    return (known,) if isinstance(known, _Entry) else known


@lru_cache(maxsize=4096)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(glob))


def _home(name: str) -> tuple[str, str]:
    """A path's folder and its last part; of another name what stands before the bracket, and what is in it."""
    home, _, last = name.rpartition("/") if name.startswith("/") else name.partition("(")
    return home, last
