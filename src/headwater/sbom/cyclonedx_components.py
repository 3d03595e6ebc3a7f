"""Packages as CycloneDX 1.6 JSON, by the format's own library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from cyclonedx.model import ExternalReference as Reference
from cyclonedx.model import ExternalReferenceType as ReferenceType
from cyclonedx.model import HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType, Pedigree
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6

from headwater.rpm import Header
from headwater.rpm.licence import expression
from headwater.sbom.model import Facts, Held
from headwater.sbom.names import bom_ref
from headwater.sbom.purl import deb_purl, rpm_purl


def components(packages: Sequence[tuple[Held, Header]], facts: Facts) -> dict[str, dict[str, Any]]:
    """Each package by `Rpm.digest`, without files."""
    made = Bom(components=[_component(held, header, facts) for held, header in packages])
    written = msgspec.json.decode(JsonV1Dot6(made).output_as_string())
    by_ref = {one["bom-ref"]: one for one in written["components"]}
    return {held.rpm.digest: by_ref[bom_ref(held.rpm)] for held, _ in packages}


def _component(held: Held, header: Header, facts: Facts) -> Component:
    rpm = held.rpm
    licence = expression(header.licence)
    return Component(
        name=rpm.name,
        version=f"{rpm.version}-{rpm.release}",
        type=ComponentType.LIBRARY,
        bom_ref=bom_ref(rpm),
        purl=rpm_purl(held, facts.distro),
        hashes=_sha256(rpm.digest),
        licenses=[LicenseExpression(licence)] if licence else None,
        supplier=OrganizationalEntity(name=facts.vendor) if facts.vendor else None,
        publisher=header.vendor or None,
        description=header.summary or None,
        external_references=_websites(header.url),
        pedigree=Pedigree(ancestors=_ancestors(held), notes=held.origin),
    )


def _ancestors(held: Held) -> Iterable[Component]:
    if not held.deb:
        return []
    deb = held.deb
    # Not the shape of a bom-ref of ours: several packages may come from one .deb.
    ancestor = Component(name=deb.name, version=deb.version, purl=deb_purl(held), hashes=_sha256(deb.sha256))
    ancestor.bom_ref.value = f"deb:{held.rpm.digest}"
    return [ancestor]


def _websites(url: str) -> Iterable[Reference]:
    return [Reference(type=ReferenceType.WEBSITE, url=XsUri(url))] if url.startswith(("http://", "https://")) else []


def _sha256(digest: str) -> list[HashType]:
    return [HashType(alg=HashAlgorithm.SHA_256, content=digest)]
