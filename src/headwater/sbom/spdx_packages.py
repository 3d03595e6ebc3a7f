"""Packages as SPDX 2.3 JSON, by the format's own library."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from packageurl import PackageURL
from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.model import (
    Actor,
    ActorType,
    Checksum,
    ChecksumAlgorithm,
    CreationInfo,
    Document,
    ExternalPackageRef,
    ExternalPackageRefCategory,
    Package,
    PackagePurpose,
    SpdxNoAssertion,
)

from headwater.rpm import Header
from headwater.rpm.licence import expression, licensing
from headwater.sbom.model import Facts, Held
from headwater.sbom.names import DOCUMENT, spdx_id
from headwater.sbom.purl import deb_purl, rpm_purl


def spdx_packages(packages: Sequence[tuple[Held, Header]], facts: Facts) -> dict[str, dict[str, Any]]:
    """Each package by `Rpm.digest`, as if none of its files were known."""
    document = Document(creation_info=_nobody(), packages=[_package(held, header, facts) for held, header in packages])
    written = DocumentConverter().convert(document)["packages"]
    return {held.rpm.digest: one for (held, _), one in zip(packages, written, strict=True)}


def _nobody() -> CreationInfo:
    """What the library wants around packages; it is not kept."""
    created = datetime.fromtimestamp(0, UTC).replace(tzinfo=None)  # the library writes naive times as UTC
    return CreationInfo(
        spdx_version="SPDX-2.3", spdx_id=DOCUMENT, name="", document_namespace="urn:x", creators=[], created=created
    )


def _package(held: Held, header: Header, facts: Facts) -> Package:
    rpm = held.rpm
    declared = expression(header.licence)
    return Package(
        spdx_id=spdx_id(rpm),
        name=rpm.name,
        version=f"{rpm.version}-{rpm.release}",
        file_name=rpm.filename,
        download_location=SpdxNoAssertion(),
        files_analyzed=False,
        checksums=[Checksum(ChecksumAlgorithm.SHA256, rpm.digest)],
        license_declared=licensing().parse(declared) if declared else SpdxNoAssertion(),
        license_concluded=SpdxNoAssertion(),
        copyright_text=SpdxNoAssertion(),
        supplier=_supplier(facts.vendor),
        originator=_supplier(header.vendor),
        homepage=_homepage(header.url),
        summary=header.summary,
        source_info=held.origin,
        external_references=list(_references(rpm_purl(held, facts.distro), deb_purl(held))),
        primary_package_purpose=PackagePurpose.LIBRARY,
    )


def _references(*purls: PackageURL | None) -> Iterable[ExternalPackageRef]:
    category = ExternalPackageRefCategory.PACKAGE_MANAGER
    return (ExternalPackageRef(category, "purl", purl.to_string()) for purl in purls if purl)


def _supplier(name: str) -> Actor | SpdxNoAssertion:
    return Actor(ActorType.ORGANIZATION, name) if name else SpdxNoAssertion()


def _homepage(url: str) -> str | None:
    return url if re.fullmatch(r"https?://[A-Za-z0-9.-]+(?:[/?#]\S*)?", url) else None
