"""Which package goes to which channel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from headwater.config.model import Component, PublishRule
from headwater.config.workshop import MACHINE, MACHINES
from headwater.errors import Failure, Kind, Problem
from headwater.repo.model import Repository
from headwater.rpm.model import Rpm

BASE, DEBUG, SOURCE = "base", "debug", "source"
FOREIGN = {f"{BASE}-{arch}": arch for word, arch in MACHINES.items() if word != MACHINE}  # what other machines have, by channel
NOWHERE = "none"  # the project format's word for "do not publish"


def select(rpms: Iterable[Rpm], components: Mapping[str, Component] | None = None) -> dict[str, tuple[Rpm, ...]]:
    """Packages by channel, in order of file name; the three usual channels are there even when empty.

    Packages of another architecture have a channel of their own, which needs `base` for what is of none.
    What the project says of a package wins over what it says of its component; else the package's own nature decides.
    """
    channels: dict[str, list[Rpm]] = {BASE: [], DEBUG: [], SOURCE: []}
    for rpm in sorted(set(rpms), key=lambda rpm: (rpm.filename, rpm)):
        channel = _channel(rpm, components or {})
        if channel != NOWHERE:
            channels.setdefault(channel, []).append(rpm)
    problems = [problem for channel, found in channels.items() for problem in _clashes(channel, found)]
    if problems:
        raise Failure(problems)
    return {name: tuple(found) for name, found in channels.items()}


def for_images(repository: Repository) -> tuple[Rpm, ...]:
    """What images are made of: the packages of this machine and of all others that there are."""
    return tuple(rpm for name in (BASE, *FOREIGN) if name in repository.channels for rpm in repository.channels[name].packages)


def for_this_machine(repository: Repository) -> tuple[Rpm, ...]:
    """All packages of all channels but those of other machines."""
    return tuple(rpm for name, channel in repository.channels.items() if name not in FOREIGN for rpm in channel.packages)


def _channel(rpm: Rpm, components: Mapping[str, Component]) -> str:
    component = components.get(rpm.component) if rpm.origin == "built" else None
    rules = [component.packages[rpm.name].publish] if component and rpm.name in component.packages else []
    rules += [component.publish] if component else []
    return next((word for rule in rules if (word := _said(rule, rpm))), _nature(rpm))


def _said(rule: PublishRule, rpm: Rpm) -> str:
    match _nature(rpm):
        case "source":
            return rule.srpm_channel
        case "debug":
            return rule.debuginfo_channel
        case _:
            return rule.rpm_channel


def _nature(rpm: Rpm) -> str:
    if rpm.arch in {"src", "nosrc"}:
        return SOURCE
    if rpm.name.endswith(("-debuginfo", "-debugsource")):
        return DEBUG
    return next((channel for channel, arch in FOREIGN.items() if arch == rpm.arch), BASE)


def _clashes(channel: str, rpms: list[Rpm]) -> Iterable[Problem]:
    """Packages that would fall on the same file, or whose name is no file name."""
    by_file: dict[str, Rpm] = {}
    for rpm in rpms:
        other = by_file.setdefault(rpm.filename, rpm)
        if "/" in rpm.filename or rpm.filename.startswith((".", "-")):
            why = "its name holds a `/`, or begins with `.` or `-`"
            yield Problem(kind=Kind.REPOSITORY, what=f"`{rpm.filename}` can not be published", why=why)
        elif other is not rpm:
            yield Problem(
                kind=Kind.REPOSITORY,
                what=f"`{rpm.filename}` is there twice in channel `{channel}`",
                why=f"once from `{other.component}` ({other.origin}) and once from `{rpm.component}` ({rpm.origin})",
                hint=f"leave `{rpm.name}` out of one of them",
            )
