"""An image's contents as SPDX 2.3 JSON: its packages as the format's library wrote them, with the files in the image."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from headwater import __version__
from headwater.digest import canonical_json
from headwater.rpm.model import Rpm
from headwater.sbom.model import Contents, HeldFile
from headwater.sbom.names import DOCUMENT, IMAGE, spdx_file_id, spdx_id

PURPOSE = {"oci": "CONTAINER", "disk": "OPERATING_SYSTEM", "iso": "OPERATING_SYSTEM"}
NOTHING = "NOASSERTION"
NONE = msgspec.Raw(b"[]")

Said = dict[str, Any]


def spdx(contents: Contents) -> bytes:
    """The document as JSON, the same bytes for the same image.

    The library needs seconds for thousands of files, and its validator minutes: it reads and checks the whole in the tests.
    """
    written = {key: value for key, value in _document(contents).items() if value not in ([], NONE)}
    return msgspec.json.format(canonical_json(written), indent=1) + b"\n"


def part(rpm: Rpm, package: Said, files: Sequence[HeldFile]) -> tuple[msgspec.Raw, msgspec.Raw, msgspec.Raw]:
    """A package, its files, and the relationships of both."""
    name = spdx_id(rpm)
    return _raw(package | _analysis(files)), _files(files), _raw([_relation(IMAGE, name), *_contained(name, files)])


def _document(contents: Contents) -> Said:
    every = [contents.parts[held.rpm.digest] for held in contents.packages]
    described = {"spdxElementId": DOCUMENT, "relationshipType": "DESCRIBES", "relatedSpdxElement": IMAGE}
    return {
        "SPDXID": DOCUMENT,
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "name": f"{contents.distro} {contents.image.name}",
        "documentNamespace": f"urn:uuid:{contents.serial}",
        "creationInfo": {
            "created": contents.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": [f"Tool: headwater-{__version__}", *([_who(contents.vendor)] if contents.vendor else [])],
        },
        "packages": [_image(contents), *(one.package for one in every)],
        "files": _joined(_files(contents.made), *(one.files for one in every)),
        "relationships": _joined(_raw([described, *_contained(IMAGE, contents.made)]), *(one.relationships for one in every)),
        "hasExtractedLicensingInfos": list(_extracted(contents)),
    }


def _image(contents: Contents) -> Said:
    image = contents.image
    told = "; ".join(f"{artefact.format} {artefact.digest}" for artefact in image.artefacts)
    return {
        "SPDXID": IMAGE,
        "name": image.name,
        "downloadLocation": NOTHING,
        "checksums": [{"algorithm": "SHA256", "checksumValue": image.digest}],
        "supplier": _who(contents.vendor) if contents.vendor else NOTHING,
        "primaryPackagePurpose": PURPOSE.get(image.kind, "ARCHIVE"),
        **({"versionInfo": contents.version} if contents.version else {}),
        **({"comment": told} if told else {}),
        **_analysis(contents.made),
    }


def _analysis(files: Sequence[HeldFile]) -> Said:
    """SPDX's own digest over a package's files (its clause 7.9)."""
    if not files:
        return {"filesAnalyzed": False}
    joined = "".join(sorted(file.sha1 for file in files))
    code = hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()
    return {
        "filesAnalyzed": True,
        "packageVerificationCode": {"packageVerificationCodeValue": code},
        "licenseInfoFromFiles": [NOTHING],
    }


def _files(files: Sequence[HeldFile]) -> msgspec.Raw:
    return _raw(
        [
            {
                "SPDXID": spdx_file_id(file.path),
                "fileName": f".{file.path}",
                "checksums": [
                    {"algorithm": "SHA1", "checksumValue": file.sha1},
                    {"algorithm": "SHA256", "checksumValue": file.sha256},
                ],
            }
            for file in files
        ]
    )


def _contained(holder: str, files: Sequence[HeldFile]) -> Iterator[Said]:
    return (_relation(holder, spdx_file_id(file.path)) for file in files)


def _relation(holder: str, held: str) -> Said:
    return {"spdxElementId": holder, "relationshipType": "CONTAINS", "relatedSpdxElement": held}


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(canonical_json(value))


def _joined(*lists: msgspec.Raw) -> msgspec.Raw:
    """Lists of JSON as one."""
    return msgspec.Raw(b"[" + b",".join(bytes(one)[1:-1] for one in lists if one != NONE) + b"]")


def _extracted(contents: Contents) -> Iterator[Said]:
    """The words behind every reference: what packages say, and where their own licence texts lie."""
    users: dict[str, dict[str, str]] = {}
    for held in contents.packages:
        part = contents.parts[held.rpm.digest]
        for reference in part.references:
            users.setdefault(reference, {})[held.rpm.name] = part.licence
    for reference, licences in sorted(users.items()):
        said = sorted({licence for licence in licences.values() if reference not in licence})
        names = ", ".join(licences)
        text = "; ".join(said) or f"the licence text that these packages carry in their documentation: {names}"
        yield {"licenseId": reference, "extractedText": text}


def _who(vendor: str) -> str:
    return f"Organization: {vendor}"
