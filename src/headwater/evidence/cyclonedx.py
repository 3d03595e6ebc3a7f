"""An image's contents as CycloneDX 1.6 JSON, by the format's own library."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from cyclonedx.model import ExternalReference as Reference
from cyclonedx.model import ExternalReferenceType as ReferenceType
from cyclonedx.model import HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType, Pedigree
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6

from headwater import __version__
from headwater.evidence.contents import Contents, Held, HeldFile
from headwater.evidence.purl import deb_purl, rpm_purl
from headwater.rpm.licence import expression

TYPE = {"oci": ComponentType.CONTAINER, "disk": ComponentType.OPERATING_SYSTEM, "iso": ComponentType.OPERATING_SYSTEM}
IMAGE = "image"


def cyclonedx(contents: Contents) -> bytes:
    """The document as JSON, the same bytes for the same image.

    Files are put in after the library wrote the packages: as its own objects, 20,000 of them would take it twenty seconds.
    """
    written = msgspec.json.decode(JsonV1Dot6(bom(contents)).output_as_string())
    files = {_ref(held): held.files for held in contents.packages}
    for component in written["components"]:
        _put_files(component, files[component["bom-ref"]])
    _put_files(written["metadata"]["component"], contents.made)
    return msgspec.json.format(msgspec.json.encode(written, order="sorted"), indent=1) + b"\n"


def bom(contents: Contents) -> Bom:
    """The document without files, as the library's model."""
    image = _image(contents)
    made = Bom(serial_number=contents.serial, components=[_component(held, contents) for held in contents.packages])
    made.metadata.timestamp = contents.created
    made.metadata.component = image
    made.metadata.tools.components.add(Component(name="headwater", version=__version__, type=ComponentType.APPLICATION))
    made.register_dependency(image, made.components)
    return made


def _image(contents: Contents) -> Component:
    digests = [Property(name=f"headwater:artefact:{one.format}", value=one.digest) for one in contents.image.artefacts]
    return Component(
        name=contents.image.name,
        version=contents.version or None,
        type=TYPE.get(contents.image.kind, ComponentType.DATA),
        bom_ref=IMAGE,
        hashes=_sha256(contents.image.digest),
        supplier=_entity(contents.vendor),
        properties=digests,
    )


def _component(held: Held, contents: Contents) -> Component:
    rpm, header = held.rpm, held.header
    licence = expression(header.licence) if header else None
    return Component(
        name=rpm.name,
        version=f"{rpm.version}-{rpm.release}",
        type=ComponentType.LIBRARY,
        bom_ref=_ref(held),
        purl=rpm_purl(held, contents),
        hashes=_sha256(rpm.digest),
        licenses=[LicenseExpression(licence)] if licence else None,
        supplier=_entity(contents.vendor),
        publisher=(header.vendor or None) if header else None,
        description=(header.summary or None) if header else None,
        external_references=_websites(header.url if header else ""),
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


def _put_files(component: dict[str, Any], files: Iterable[HeldFile]) -> None:
    found = [
        {
            "type": "file",
            "name": file.path,
            "hashes": [{"alg": "SHA-1", "content": file.sha1}, {"alg": "SHA-256", "content": file.sha256}],
        }
        for file in sorted(files, key=lambda file: file.path)
    ]
    if found:
        component["components"] = found


def _websites(url: str) -> Iterable[Reference]:
    return [Reference(type=ReferenceType.WEBSITE, url=XsUri(url))] if url.startswith(("http://", "https://")) else []


def _entity(name: str) -> OrganizationalEntity | None:
    return OrganizationalEntity(name=name) if name else None


def _sha256(digest: str) -> list[HashType]:
    return [HashType(alg=HashAlgorithm.SHA_256, content=digest)]


def _ref(held: Held) -> str:
    return f"rpm:{held.rpm.digest}"
