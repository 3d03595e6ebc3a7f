"""An image's contents as SPDX 2.3 JSON, by the format's own library."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec
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
    ExtractedLicensingInfo,
    File,
    Package,
    PackagePurpose,
    PackageVerificationCode,
    Relationship,
    RelationshipType,
    SpdxNoAssertion,
)

from headwater import __version__
from headwater.digest import digest_bytes
from headwater.evidence.contents import Contents, Held, HeldFile
from headwater.evidence.purl import deb_purl, rpm_purl
from headwater.rpm.licence import expression, licensing, references

DOCUMENT = "SPDXRef-DOCUMENT"
IMAGE = "SPDXRef-Image"
PURPOSE = {"oci": PackagePurpose.CONTAINER, "disk": PackagePurpose.OPERATING_SYSTEM, "iso": PackagePurpose.OPERATING_SYSTEM}


def spdx(contents: Contents) -> bytes:
    """The document as JSON, the same bytes for the same image.

    The library's validator needs many minutes for 20,000 files, so it runs in the tests and not here.
    """
    written = DocumentConverter().convert(document(contents))
    return msgspec.json.format(msgspec.json.encode(written, order="sorted"), indent=1) + b"\n"


def document(contents: Contents) -> Document:
    """The document as the library's model."""
    packages = [_image(contents), *(_package(held, contents) for held in contents.packages)]
    files = [_file(file) for file in _files(contents)]
    return Document(
        creation_info=_creation(contents),
        packages=packages,
        files=files,
        relationships=list(_relationships(contents)),
        extracted_licensing_info=list(_extracted(contents)),
    )


def _creation(contents: Contents) -> CreationInfo:
    return CreationInfo(
        spdx_version="SPDX-2.3",
        spdx_id=DOCUMENT,
        name=f"{contents.distro} {contents.image.name}",
        document_namespace=f"urn:uuid:{contents.serial}",
        creators=[Actor(ActorType.TOOL, f"headwater-{__version__}"), *_organizations(contents.vendor)],
        created=contents.created.replace(tzinfo=None),  # the library writes naive times as UTC
    )


def _image(contents: Contents) -> Package:
    return Package(
        spdx_id=IMAGE,
        name=contents.image.name,
        version=contents.version or None,
        download_location=SpdxNoAssertion(),
        checksums=[Checksum(ChecksumAlgorithm.SHA256, contents.image.digest)],
        comment="; ".join(f"{artefact.format} {artefact.digest}" for artefact in contents.image.artefacts) or None,
        supplier=_supplier(contents.vendor),
        primary_package_purpose=PURPOSE.get(contents.image.kind, PackagePurpose.ARCHIVE),
        **_analysis(contents.made),
    )


def _package(held: Held, contents: Contents) -> Package:
    rpm, header = held.rpm, held.header
    declared = expression(header.licence) if header else None
    return Package(
        spdx_id=_id(held),
        name=rpm.name,
        version=f"{rpm.version}-{rpm.release}",
        file_name=rpm.filename,
        download_location=SpdxNoAssertion(),
        checksums=[Checksum(ChecksumAlgorithm.SHA256, rpm.digest)],
        license_declared=licensing().parse(declared) if declared else SpdxNoAssertion(),
        license_concluded=SpdxNoAssertion(),
        copyright_text=SpdxNoAssertion(),
        supplier=_supplier(contents.vendor),
        originator=_supplier(header.vendor if header else ""),
        homepage=_homepage(header.url if header else ""),
        summary=header.summary if header else None,
        source_info=held.origin,
        external_references=[_reference(purl) for purl in (rpm_purl(held, contents), deb_purl(held)) if purl],
        primary_package_purpose=PackagePurpose.LIBRARY,
        **_analysis(held.files),
    )


def _analysis(files: Sequence[HeldFile]) -> dict[str, object]:
    """SPDX's own digest over a package's files (its clause 7.9)."""
    if not files:
        return {"files_analyzed": False}
    joined = "".join(sorted(file.sha1 for file in files))
    code = hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()
    return {
        "files_analyzed": True,
        "verification_code": PackageVerificationCode(code),
        "license_info_from_files": [SpdxNoAssertion()],
    }


def _file(file: HeldFile) -> File:
    sums = [Checksum(ChecksumAlgorithm.SHA1, file.sha1), Checksum(ChecksumAlgorithm.SHA256, file.sha256)]
    return File(name=f".{file.path}", spdx_id=_file_id(file), checksums=sums)


def _files(contents: Contents) -> list[HeldFile]:
    every = [*contents.made, *(file for held in contents.packages for file in held.files)]
    return sorted(every, key=lambda file: file.path)


def _relationships(contents: Contents) -> Iterator[Relationship]:
    yield Relationship(DOCUMENT, RelationshipType.DESCRIBES, IMAGE)
    yield from (Relationship(IMAGE, RelationshipType.CONTAINS, _file_id(file)) for file in contents.made)
    for held in contents.packages:
        yield Relationship(IMAGE, RelationshipType.CONTAINS, _id(held))
        yield from (Relationship(_id(held), RelationshipType.CONTAINS, _file_id(file)) for file in held.files)


def _extracted(contents: Contents) -> Iterator[ExtractedLicensingInfo]:
    """The words behind every reference: what packages say, and where their own licence texts lie."""
    users: dict[str, list[Held]] = {}
    for held in contents.packages:
        for reference in references(expression(held.header.licence) or "") if held.header else ():
            users.setdefault(reference, []).append(held)
    for reference, some in sorted(users.items()):
        said = sorted({held.header.licence for held in some if held.header and reference not in held.header.licence})
        names = ", ".join(held.rpm.name for held in some)
        text = "; ".join(said) or f"the licence text that these packages carry in their documentation: {names}"
        yield ExtractedLicensingInfo(license_id=reference, extracted_text=text)


def _reference(purl: PackageURL) -> ExternalPackageRef:
    return ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", purl.to_string())


def _organizations(name: str) -> Iterable[Actor]:
    return [Actor(ActorType.ORGANIZATION, name)] if name else []


def _supplier(name: str) -> Actor | SpdxNoAssertion:
    return Actor(ActorType.ORGANIZATION, name) if name else SpdxNoAssertion()


def _homepage(url: str) -> str | None:
    return url if re.fullmatch(r"https?://[A-Za-z0-9.-]+(?:[/?#]\S*)?", url) else None


def _id(held: Held) -> str:
    return f"SPDXRef-Package-{re.sub(r'[^A-Za-z0-9.]+', '-', held.rpm.name)}-{held.rpm.digest[:12]}"


def _file_id(file: HeldFile) -> str:
    return f"SPDXRef-File-{digest_bytes(file.path.encode(errors='surrogateescape'))[:24]}"
