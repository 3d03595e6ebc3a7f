"""Rules that types cannot say: of single tables, and between the tables of a project."""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import cache
from typing import Any

from headwater.config import (
    check_builds,
    check_components,
    check_machines,
    check_overlays,
    check_packages,
    check_policy,
    check_resources,
    check_roots,
    check_servers,
    check_suites,
    values,
)
from headwater.config.dialect import Dialect
from headwater.config.findings import Findings, did_you_mean
from headwater.config.ground import Rule
from headwater.config.images import ImageKind
from headwater.config.model import Project
from headwater.config.typed import DEFAULTS
from headwater.origin import Origin

Check = Callable[[Any, Findings], None]
CHECKS: list[tuple[tuple[type, ...], Check]] = [
    *check_overlays.CHECKS,
    *check_builds.CHECKS,
    *check_components.CHECKS,
    *check_machines.CHECKS,
    *check_resources.CHECKS,
    *check_roots.CHECKS,
    *check_policy.CHECKS,
    *check_suites.CHECKS,
    *check_servers.CHECKS,
]


def check_rule(rule: Rule, findings: Findings) -> None:
    """What one table must say by itself."""
    for check in _checks_of(type(rule)):
        check(rule, findings)


@cache
def _checks_of(kind: type[Rule]) -> tuple[Check, ...]:
    return tuple(check for kinds, check in CHECKS if issubclass(kind, kinds))


def check_project(
    project: Project, dialect: Dialect, whole: Container[str], sound: Container[Origin | None], findings: Findings
) -> None:
    """What tables say about one another.

    `whole` names the components, `sound` the places of tables, of which every part could be read. Nothing is said to be
    missing where it may have been in what could not be read.
    """
    _components(project, dialect, whole, findings)
    for name, distro in project.distros.items():
        findings.expect(distro, "", values.bad_name(name), f"`{name}` is no name for a distribution")
    check_packages.once(project.package_groups.values(), findings)
    if not findings.unread:
        _default_distro(project, dialect, sound, findings)
        _images(project, findings)
        check_resources.inputs(project.distros, project.resources, findings)
        check_suites.references(project, findings)


def _components(project: Project, dialect: Dialect, whole: Container[str], findings: Findings) -> None:
    """Those that are one component under many names are asked once."""
    seen: set[tuple[int, int, int]] = set()
    for name, component in project.components.items():
        if not values.NAME.fullmatch(name):
            findings.blame(component, "", f"`{name}` is no name for a component", why=values.bad_name(name))
        key = (id(component.spec), id(component.overlays), id(component.source_files))
        if key not in seen:
            seen.add(key)
            check_components.component(component, dialect, findings, whole=name in whole)
            if not findings.unread:
                check_components.upstream(component, project.distros, findings)


def _default_distro(project: Project, dialect: Dialect, sound: Container[Origin | None], findings: Findings) -> None:
    chosen = project.project.default_distro
    if not chosen and not dialect.azldev and project.project.where in sound:
        names = sorted(project.distros)
        hint = f'default-distro = {{ name = "{names[0] if names else "..."}" }}'
        where = findings.place(project.project)
        if where is None or where.file == DEFAULTS:  # nobody wrote the table
            where = Origin(file=project.files[0].name)
        findings.add(where, "`project.default-distro` is missing", why="it names what is made", hint=hint)
    if not chosen:
        return
    distro = project.distros.get(chosen.name)
    if not distro:
        hint = did_you_mean(chosen.name, project.distros)
        findings.blame(chosen, "name", f"no distribution is called `{chosen.name}`", hint=hint)
    elif distro.where in sound and (version := chosen.version or distro.default_version) not in distro.versions:
        rule, key = (chosen, "version") if chosen.version else (distro, "default-version")
        hint = did_you_mean(version, distro.versions)
        findings.blame(rule, key, f"`{chosen.name}` has no version `{version}`", hint=hint)


def _images(project: Project, findings: Findings) -> None:
    """Images that others are made from are there; the one that an extension is for believes whose updates it would take."""
    for image in project.images.values():
        for rule, key, kind, wanted in (
            *((image.disk, "initrd", ImageKind.INITRD, name) for name in (image.disk.initrd,) if name),
            *((image.iso, "installs", ImageKind.DISK, name) for name in image.iso.installs),
            *((image.extension, "of", ImageKind.DISK, name) for name in (image.extension.of,) if name),
        ):
            there = [name for name, each in project.images.items() if each.kind is kind]
            if wanted not in there:
                what = f"no image of kind `{kind.value}` is called `{wanted}`"
                findings.blame(rule, key, what, hint=did_you_mean(wanted, there))
        below = project.images.get(image.extension.of)
        if image.updates.url and below and not below.updates.url:
            what = f"`{below.name}` takes no updates of `{image.name}`"
            why = "only an image that has updates itself has the key that signs them"
            findings.blame(image.updates, "url", what, why=why, hint=f"images.{below.name}.updates.url")
