"""The archives of a component: upstream's own list and the project's `source-files`, fetched or made, and listed together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import msgspec

from headwater.config.model import Component, Custom, Distro, OverlayOrigin, SourceFile
from headwater.errors import Failure, Kind, Problem, fail
from headwater.store import Store
from headwater.toolbox import Toolbox
from headwater.upstream import sourceslist
from headwater.upstream.custom import Input, make_custom
from headwater.upstream.lookaside import Wanted, fetch, origins, want_file, want_line
from headwater.upstream.model import Archive, SourceTree
from headwater.upstream.sourceslist import Line

AT_ONCE = 4  # archives of one component that are fetched side by side


class Gathering(msgspec.Struct, frozen=True, kw_only=True):
    """How archives are had: `repins` is SHA-512 by legacy line, from the lock.

    Without `fetches` they are only listed, where a list is kept: it stands for them in the package's identity. With `as_listed`
    the list stays upstream's own, whatever the project adds.
    """

    store: Store
    offline: bool = False
    toolbox: Callable[[], Toolbox] | None = None
    repins: Mapping[str, str] = {}
    fetches: bool = True
    as_listed: bool = False


def gather(
    component: Component, tree: SourceTree, lines: Sequence[Line], distro: Distro | None, gathering: Gathering
) -> SourceTree:
    """The tree with all its archives and its whole `sources`. Every archive that is not to be had is a Problem."""
    archives: dict[str, Archive] = {}
    is_listed = bool(lines or tree.pin.url)
    if gathering.fetches or not is_listed:
        archives = _fetch_all(dict(_wanted(component, tree, lines, distro, gathering)), gathering)
        archives |= _make_all(component, tree, archives, gathering)
    return msgspec.structs.replace(
        tree,
        archives=_in_order(component, lines, archives),
        sources=_sources(component, lines, archives, gathering) if is_listed else "",
        repins={line.legacy: archives[line.filename].sha512 for line in lines if line.legacy and line.filename in archives},
    )


def _wanted(
    component: Component, tree: SourceTree, lines: Sequence[Line], distro: Distro | None, gathering: Gathering
) -> Iterator[tuple[str, Callable[[], Wanted]]]:
    """What to fetch, by name. Of a file that archive overlays make, upstream's own is fetched: it is what they work on."""
    package = component.spec.upstream_name or component.name
    ours = {source.filename: source for source in component.source_files}
    listed = {line.filename for line in lines if line.filename not in tree.files}
    for line in lines:
        if line.filename in listed and line.filename and not _takes_the_place(ours.get(line.filename)):
            repin = gathering.repins.get(line.legacy, "")
            yield line.filename, partial(want_line, line, distro or Distro(), package, repin, component.where)
    for source in component.source_files:
        if (source.filename not in listed or _takes_the_place(source)) and not _script(source):
            yield source.filename, partial(want_file, source, distro, package)


def _takes_the_place(source: SourceFile | None) -> bool:
    return source is not None and not isinstance(source.origin, OverlayOrigin)


def _script(source: SourceFile) -> Custom | None:
    return next((origin for origin in origins(source) if isinstance(origin, Custom)), None)


def _fetch_all(wanted: Mapping[str, Callable[[], Wanted]], gathering: Gathering) -> dict[str, Archive]:
    def one(want: Callable[[], Wanted]) -> Archive | Failure:
        try:
            return fetch(want(), gathering.store, offline=gathering.offline)
        except Failure as failure:
            return failure

    if len(wanted) < 2:
        return _sound(dict(zip(wanted, map(one, wanted.values()), strict=True)))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return _sound(dict(zip(wanted, pool.map(one, wanted.values()), strict=True)))


def _sound(found: Mapping[str, Archive | Failure]) -> dict[str, Archive]:
    problems: list[Problem] = [problem for one in found.values() if isinstance(one, Failure) for problem in one.problems]
    if problems:
        raise Failure(problems)
    return {name: one for name, one in found.items() if isinstance(one, Archive)}


def _make_all(
    component: Component, tree: SourceTree, archives: Mapping[str, Archive], gathering: Gathering
) -> dict[str, Archive]:
    """What scripts make, in the order of `source-files`: one may read what another has made."""
    made: dict[str, Archive] = {}
    for source in component.source_files:
        if origin := _script(source):
            if gathering.toolbox is None:
                raise fail(
                    Kind.TOOL,
                    f"`{source.filename}` is made by a script, and there is no toolbox to run it in",
                    where=source.where,
                    why="`take` was not given one",
                )
            inputs: dict[str, Input] = {**tree.files, **archives, **made}
            made[source.filename] = make_custom(
                source, origin, inputs, gathering.store, gathering.toolbox(), offline=gathering.offline
            )
    return made


def _in_order(component: Component, lines: Sequence[Line], archives: Mapping[str, Archive]) -> dict[str, Archive]:
    """As they are listed: upstream's, then the project's."""
    names = [line.filename for line in lines] + [source.filename for source in component.source_files]
    return {name: archives[name] for name in names if name in archives}


def _sources(component: Component, lines: Sequence[Line], archives: Mapping[str, Archive], gathering: Gathering) -> str:
    if gathering.as_listed:
        return sourceslist.write(lines)
    found = {name: archive.sha512 for name, archive in archives.items()}
    return sourceslist.write(sourceslist.merge(lines, component.source_files, found))
