"""What a component's packages gave when they were built last: names that rpm makes and no spec writes down, and their needs."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from headwater.build.givers import Gift, How, Package, gifts
from headwater.digest import digest_of
from headwater.rpm import Header
from headwater.rpm.model import Rpm, SpecFacts
from headwater.store import Store

KIND = "given"  # of results in the store, by component
PROGRAMS = ("/usr/bin/", "/usr/sbin/")  # files that BuildRequires ask for by their path
NOT_ASKED_FOR = ("-debuginfo", "-debugsource")


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Of one package: names without versions, for the next build may give others, and what it requires."""

    names: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


def given_by(headers: Mapping[Rpm, Header]) -> dict[str, Given]:
    """What packages give, by name; debug information is not asked for by builds."""
    return {
        rpm.name: Given(
            names=tuple(sorted({dep.name for dep in header.provides} | _programs(header) - {rpm.name})),
            requires=tuple(sorted({str(dep) for dep in header.requires if not dep.name.startswith("rpmlib(")})),
        )
        for rpm, header in sorted(headers.items())
        if rpm.arch != "src" and not rpm.name.endswith(NOT_ASKED_FOR)
    }


def _programs(header: Header) -> set[str]:
    return {file.path for file in header.files if file.path.startswith(PROGRAMS) and not file.directory}


def keep_given(component: str, given: Mapping[str, Given], store: Store, place: str = "") -> None:
    """Remember for the next time, in the project that lies at `place`."""
    facts, key = msgspec.to_builtins(given), _key(component, place)
    last = store.use(KIND, key)
    if last is None or last.facts != facts:
        store.put(KIND, key, {}, facts=facts)


def read_given(component: str, store: Store, place: str = "") -> dict[str, Given]:
    """What is remembered; nothing for a component that was never built there."""
    last = store.get(KIND, _key(component, place))
    try:
        return msgspec.convert(last.facts, dict[str, Given]) if last else {}
    except msgspec.ValidationError:  # of another version of Headwater
        return {}


def _key(component: str, place: str) -> str:
    return digest_of(["given by", component, place])


def packages_of(facts: SpecFacts, given: Mapping[str, Given]) -> tuple[Package, ...]:
    """The packages that a spec makes, with all that is known of what each gives and needs."""
    found = {}
    for one in facts.packages:
        evr = (f"{one.epoch}:" if one.epoch else "") + f"{one.version}-{one.release}"
        last = given.get(one.name, Given())
        said = gifts(one.name, evr, one.provides, one.files)
        requires = dict.fromkeys((*one.requires, *last.requires))
        found[one.name] = Package(name=one.name, gives=(*said, *_seen(last, one.name)), requires=tuple(requires))
    for name, last in given.items():  # packages that only the build makes
        if name not in found:
            found[name] = Package(name=name, gives=(Gift(name, How.BUILT), *_seen(last, name)), requires=last.requires)
    return tuple(found.values())


def _seen(last: Given, package: str) -> tuple[Gift, ...]:
    return tuple(Gift(name, How.BUILT) for name in last.names if name != package)
