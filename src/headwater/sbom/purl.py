"""Package URLs: the names under which other people's tools know a package."""

from __future__ import annotations

from packageurl import PackageURL

from headwater.sbom.model import Held


def rpm_purl(held: Held, distro: str) -> PackageURL:
    """`pkg:rpm/DISTRO/NAME@VERSION-RELEASE?arch=...`"""
    rpm = held.rpm
    qualifiers = {"arch": rpm.arch, **({"epoch": str(rpm.epoch)} if rpm.epoch else {})}
    return PackageURL("rpm", distro, rpm.name, f"{rpm.version}-{rpm.release}", qualifiers)


def deb_purl(held: Held) -> PackageURL | None:
    """The .deb that a bridged package was made from, so that scanners find what is known of it."""
    deb = held.deb
    return PackageURL("deb", "debian", deb.name, deb.version, {"arch": deb.arch}) if deb else None
