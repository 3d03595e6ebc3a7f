"""Scriptlets do not run in a composed image: for each deed of each, who does it instead, or why nobody has to.

Some deeds are done for every image or mean nothing in a new one; some are a finisher's; the rest is a fix-up's of the bridge,
or is declared with a reason. What nobody accounts for is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from headwater.config import named
from headwater.config.images import ImageKind, ImageRule
from headwater.config.workshop import BridgeRule, Fixup, NamedPackages
from headwater.errors import Failure, Kind, Problem
from headwater.image.deeds import Deed, deeds_of
from headwater.origin import Origin
from headwater.rpm.model import Rpm

FINISHERS = {
    Deed.LDCONFIG: "ldconfig",
    Deed.TMPFILES: "tmpfiles",
    Deed.UNITS: "presets",
    Deed.MODULES: "depmod",
    Deed.HWDB: "hwdb",
    Deed.CATALOG: "catalog",
    Deed.CERTIFICATES: "ca-bundle",
    Deed.BYTECODE: "py-compile",
}
ALWAYS = {
    Deed.LDCONFIG: "the loader looks into its default folders without a cache",
    Deed.USERS: "systemd-sysusers, for every image",
    Deed.BYTECODE: "Python compiles what it imports",
    Deed.UPGRADE: "a new image has no older version",
    Deed.QUESTIONS: "nobody is asked: defaults count",
    Deed.MENUS: "an image without desktop and manuals has no use for it",
}
SYSTEMD = {  # what a running system does by itself where no finisher did it
    Deed.TMPFILES: "systemd-tmpfiles, at each start",
    Deed.UNITS: "systemd, by its presets at the first start",
}
WITHOUT = {  # and where there is no systemd
    Deed.TMPFILES: "no systemd is in the image, and nothing of it is started",
    Deed.UNITS: "no systemd is in the image, and nothing of it is started",
}
CONTENT = ("links", "files", "copies", "modes", "owners", "capabilities", "remove", "directories", "sysusers")  # of a fix-up


class Scriptlet(msgspec.Struct, frozen=True, kw_only=True):
    """One sort of deed of a package's scriptlets; `by` says who does it instead, and is empty where nobody does."""

    package: str
    deed: Deed
    words: tuple[str, ...]
    scripts: tuple[str, ...]
    by: str
    where: Origin | None = None


def read_scriptlets(
    rule: ImageRule, bridge: BridgeRule, packages: Sequence[Rpm], texts: Mapping[str, Mapping[str, str]]
) -> tuple[Scriptlet, ...]:
    """Every deed of every package, in order of package; `texts` are scriptlets by package and name."""
    systemd = any(package.name == "systemd" for package in packages)
    found = []
    for name in sorted(package.name for package in packages):
        for deed, (words, scripts) in _deeds(texts.get(name, {})).items():
            by, where = _account(name, deed, rule, bridge, systemd=systemd)
            found.append(Scriptlet(package=name, deed=deed, words=words, scripts=scripts, by=by, where=where))
    return tuple(found)


def check_scriptlets(rule: ImageRule, scriptlets: Sequence[Scriptlet]) -> None:
    """Errors: Failure(IMAGE) with all that nobody accounts for, and with words of the image's own that are out of date."""
    problems = [_unaccounted(rule, one) for one in scriptlets if not one.by]
    problems += _idle(rule, {one.package for one in scriptlets})
    if problems:
        raise Failure(problems)


def _deeds(texts: Mapping[str, str]) -> dict[Deed, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Of all scriptlets of a package: each deed, by which words, in which scriptlets."""
    read = {script: deeds_of(text) for script, text in texts.items()}
    return {
        deed: (
            tuple(sorted({word for deeds in read.values() for word in deeds.get(deed, ())})),
            tuple(script for script, deeds in read.items() if deed in deeds),
        )
        for deed in Deed
        if any(deed in deeds for deeds in read.values())
    }


def _account(package: str, deed: Deed, rule: ImageRule, bridge: BridgeRule, *, systemd: bool) -> tuple[str, Origin | None]:
    """Who does it instead, and the line that says so."""
    if declared := _naming(package, (*rule.scriptlets, *bridge.scriptlets)):
        return declared.reason, declared.where
    finisher = FINISHERS.get(deed, "")
    if named := next((one for one in rule.finishers if one.name == finisher), None):
        return f"the finisher `{finisher}`", named.where
    if usual := ALWAYS.get(deed) or (SYSTEMD if systemd else WITHOUT).get(deed):
        return usual, None
    if deed is Deed.MODULES and rule.kind not in {ImageKind.DISK, ImageKind.ISO}:
        return "the image does not start a kernel", None
    fixup = _mending(package, bridge.fixups)
    return (f"a fix-up: {fixup.reason}", fixup.where) if fixup else ("", None)


def _naming(package: str, declared: Iterable[NamedPackages]) -> NamedPackages | None:
    return next((one for one in declared if named(one.names, [package])), None)


def _mending(package: str, fixups: Iterable[Fixup]) -> Fixup | None:
    """The first fix-up of this very package that changes its files; one that only renames or relates it does no deed."""
    return next((one for one in fixups if one.package == package and any(getattr(one, key) for key in CONTENT)), None)


def _unaccounted(rule: ImageRule, one: Scriptlet) -> Problem:
    return Problem(
        kind=Kind.IMAGE,
        what=f"`{one.package}` {one.deed.value} when it is installed, and in image `{rule.name}` nobody does it",
        where=rule.where,
        why=f"{', '.join(one.words)} in its {' and '.join(one.scripts)}; no finisher, no fix-up and no word of yours is for it",
        hint=f'[[images.{rule.name}.scriptlets]] or [[bridge.scriptlets]] with names = ["{one.package}"] and a reason',
    )


def _idle(rule: ImageRule, known: set[str]) -> Iterator[Problem]:
    """Own words for packages without scriptlets, or that are not in the image; inherited ones may be for what was left out."""
    for declared in rule.scriptlets:
        own = declared.where is not None and declared.where.key.startswith(f"images.{rule.name}.")
        if own and (idle := [name for name in declared.names if not named([name], known)]):
            yield Problem(
                kind=Kind.IMAGE,
                what=f"`{', '.join(idle)}` has no scriptlet in image `{rule.name}` that a reason is needed for",
                where=declared.where,
                why="the package is not in the image, or does nothing when it is installed",
                hint="take the name out",
            )
