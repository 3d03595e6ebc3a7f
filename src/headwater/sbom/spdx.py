"""An image's contents as SPDX 2.3 JSON: its packages as the format's library wrote them, with the files in the image."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from headwater import __version__
from headwater.sbom.model import Contents, Held, HeldFile
from headwater.sbom.names import DOCUMENT, IMAGE, spdx_file_id, spdx_id

PURPOSE = {"oci": "CONTAINER", "disk": "OPERATING_SYSTEM", "iso": "OPERATING_SYSTEM"}
NOTHING = "NOASSERTION"

Said = dict[str, Any]


def spdx(contents: Contents) -> bytes:
    """The document as JSON, the same bytes for the same image.

    The library needs seconds for thousands of files, and its validator minutes: it reads and checks the whole in the tests.
    """
    written = {key: value for key, value in _document(contents).items() if value != []}
    return msgspec.json.format(msgspec.json.encode(written, order="sorted"), indent=1) + b"\n"


def _document(contents: Contents) -> Said:
    ids = {file.path: spdx_file_id(file.path) for file in _files(contents)}
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
        "packages": [_image(contents), *(_package(held, contents) for held in contents.packages)],
        "files": [_file(file, ids) for file in _files(contents)],
        "relationships": list(_relationships(contents, ids)),
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


def _package(held: Held, contents: Contents) -> Said:
    return contents.described[held.rpm.digest].spdx | _analysis(held.files)


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


def _file(file: HeldFile, ids: dict[str, str]) -> Said:
    sums = [{"algorithm": "SHA1", "checksumValue": file.sha1}, {"algorithm": "SHA256", "checksumValue": file.sha256}]
    return {"SPDXID": ids[file.path], "fileName": f".{file.path}", "checksums": sums}


def _files(contents: Contents) -> list[HeldFile]:
    every = [*contents.made, *(file for held in contents.packages for file in held.files)]
    return sorted(every, key=lambda file: file.path)


def _relationships(contents: Contents, ids: dict[str, str]) -> Iterator[Said]:
    yield _relation(DOCUMENT, "DESCRIBES", IMAGE)
    yield from (_relation(IMAGE, "CONTAINS", ids[file.path]) for file in contents.made)
    for held in contents.packages:
        name = spdx_id(held.rpm)
        yield _relation(IMAGE, "CONTAINS", name)
        yield from (_relation(name, "CONTAINS", ids[file.path]) for file in held.files)


def _relation(one: str, kind: str, other: str) -> Said:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def _extracted(contents: Contents) -> Iterator[Said]:
    """The words behind every reference: what packages say, and where their own licence texts lie."""
    users: dict[str, list[Held]] = {}
    for held in contents.packages:
        for reference in contents.described[held.rpm.digest].references:
            users.setdefault(reference, []).append(held)
    for reference, some in sorted(users.items()):
        said = sorted({held.header.licence for held in some if held.header and reference not in held.header.licence})
        names = ", ".join(held.rpm.name for held in some)
        text = "; ".join(said) or f"the licence text that these packages carry in their documentation: {names}"
        yield {"licenseId": reference, "extractedText": text}


def _who(vendor: str) -> str:
    return f"Organization: {vendor}"
