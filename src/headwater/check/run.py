"""Asks built packages all there is to ask: each component by itself, then all together; what was asked is looked up."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from headwater.build.model import BuiltPackage
from headwater.check.model import Finding
from headwater.config.catalogue import DATA
from headwater.digest import digest_file, digest_of
from headwater.progress import step
from headwater.rpm import headers
from headwater.rpm.model import Rpm
from headwater.store import Blob, Store
from headwater.toolbox import Toolbox

VERSION = 1  # of what is asked
KIND, PUBLISHED = "package-check", "published"  # of results in the store
HERE = Path(__file__).parent
RULES = (DATA, HERE / "licences.toml", HERE / "rpmlint.toml")


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, and what with. `place` is the folder of the repository, whose packages are the ones published before.

    `others` are all packages that are not built; None where not all components are there, so that nothing can be said of them
    together.
    """

    built: tuple[BuiltPackage, ...]
    others: tuple[Rpm, ...] | None
    place: Path
    toolbox: Toolbox
    store: Store
    jobs: int = 2


def examine(ground: Ground) -> tuple[Finding, ...]:
    """All findings, sorted; nothing is judged here. Asked once for the same packages, rules and tools."""
    rules = digest_of([VERSION, ground.toolbox.key, *(digest_file(file) for file in RULES)])
    with ThreadPoolExecutor(ground.jobs, thread_name_prefix="check") as pool:
        found = [one for findings in pool.map(lambda one: _alone(one, ground, rules), ground.built) for one in findings]
    return tuple(sorted([*found, *_together(ground, rules)]))


def remember(ground: Ground) -> None:
    """These packages are published: the next versions of their libraries are compared with them."""
    for one in ground.built:
        before = _published(one.component, ground)
        if [_content(rpm) for rpm in before] != [_content(rpm) for rpm in one.rpms]:
            blobs = {rpm.filename: Blob(digest=rpm.digest, size=rpm.size) for rpm in one.rpms}
            ground.store.put(PUBLISHED, _place_of(one.component, ground), blobs, facts=msgspec.to_builtins(one.rpms))


def _alone(one: BuiltPackage, ground: Ground, rules: str) -> tuple[Finding, ...]:
    """What its packages are; and what became of its libraries, until they are what was published."""
    before, own = _published(one.component, ground), sorted(map(_content, one.rpms))
    asked, then = [rules, one.component, own], sorted(map(_content, before))
    found = _kept(asked, one.component, functools.partial(_ask, one, ground), ground.store)
    if before and then != own:
        found += _kept([*asked, then], one.component, functools.partial(_compare, one, before, ground), ground.store)
    return found


def _kept(
    asked: Sequence[object],
    name: str,
    ask: Callable[[], Iterable[Finding]],
    store: Store,
    reason: str = "its packages were not asked before",
) -> tuple[Finding, ...]:
    """What was found before when the same was asked, or what is found now."""
    key = digest_of(asked)
    kept = store.use(KIND, key)
    if not kept:
        with step("check", name, reason=reason):
            found = sorted(ask())
        kept = store.put(KIND, key, {}, facts=msgspec.to_builtins(found))
    return msgspec.convert(kept.facts, tuple[Finding, ...])


def _ask(one: BuiltPackage, ground: Ground) -> Iterator[Finding]:
    from headwater.check.alone import ask  # noqa: PLC0415 the list of licences takes longer to load than all is looked up

    return ask(one, ground.toolbox, ground.store)


def _compare(one: BuiltPackage, before: tuple[Rpm, ...], ground: Ground) -> Iterator[Finding]:
    from headwater.check.alone import compare  # noqa: PLC0415 as above

    return compare(one, before, ground.toolbox, ground.store)


def _together(ground: Ground, rules: str) -> tuple[Finding, ...]:
    if ground.others is None:
        return ()
    built = [rpm for one in ground.built for rpm in one.rpms]
    every = sorted({*built, *ground.others})
    asked = [rules, [[_content(rpm), rpm.component] for rpm in every]]
    name = f"{len(built)} packages among {len(every)}"
    return _kept(asked, name, lambda: _ask_together(every, built, ground), ground.store, "not asked together before")


def _ask_together(every: Sequence[Rpm], built: Sequence[Rpm], ground: Ground) -> Iterator[Finding]:
    from headwater.check.together import of_conflicts, of_requirements  # noqa: PLC0415 libsolv, as above

    known = dict(zip(every, headers(every, ground.toolbox, ground.store), strict=True))
    for rpm, (check, name, detail) in (*of_conflicts(known), *of_requirements(known, built)):
        yield Finding(component=rpm.component, package=rpm.name, check=check, name=name, detail=detail)


def _published(component: str, ground: Ground) -> tuple[Rpm, ...]:
    """A component's packages as they were published in this place before, if the store still has them."""
    kept = ground.store.use(PUBLISHED, _place_of(component, ground))
    return msgspec.convert(kept.facts, tuple[Rpm, ...]) if kept else ()


def _place_of(component: str, ground: Ground) -> str:
    return digest_of(["published", str(ground.place.absolute()), component])


def _content(rpm: Rpm) -> str:
    return rpm.payload or rpm.digest
