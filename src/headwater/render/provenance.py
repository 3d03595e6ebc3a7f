"""Macros that tell a spec which version and release of Fedora's it was made from (`build.emit-upstream-provenance`)."""

from __future__ import annotations

from headwater.config.model import Component, Project, SpecType
from headwater.render.release import uses_autorelease
from headwater.spec import find, parse
from headwater.upstream import find_version
from headwater.upstream.model import SourceTree

VERSION, RELEASE = "fedora_upstream_version", "fedora_upstream_release"


def provenance(component: Component, tree: SourceTree, project: Project) -> dict[str, str]:
    """The macros, by name; none where they were not asked for or the package is not Fedora's.

    A release that is counted from history is not told: it is not known before the overlays have been applied.
    """
    if not component.build.emit_upstream_provenance or component.spec.type is not SpecType.UPSTREAM:
        return {}
    ref = component.spec.upstream_distro or project.project.default_distro
    _, version = find_version(component, ref, project.distros)
    if not ref or ref.name.lower() != "fedora" or not version.release_ver.isdigit():
        return {}
    document = parse(tree.text)
    found = {name: tag[-1].value for name in ("version", "release") if (tag := find(document, name))}
    macros = {VERSION: found["version"]} if "version" in found else {}
    if "release" in found and not uses_autorelease(tree.text):
        dist = f".fc{version.release_ver}"
        macros[RELEASE] = found["release"].replace("%{?dist}", dist).replace("%{dist}", dist)
    return macros
