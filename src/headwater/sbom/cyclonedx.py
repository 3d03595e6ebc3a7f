"""An image's contents as CycloneDX 1.6 JSON: its packages as the format's library wrote them, with the files in the image."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from headwater import __version__
from headwater.digest import canonical_json
from headwater.sbom.model import Contents, HeldFile
from headwater.sbom.names import bom_ref

TYPE = {"oci": "container", "disk": "operating-system", "iso": "operating-system"}
IMAGE = "image"

Said = dict[str, Any]


def cyclonedx(contents: Contents) -> bytes:
    """The document as JSON, the same bytes for the same image."""
    return msgspec.json.format(canonical_json(_document(contents)), indent=1) + b"\n"


def _document(contents: Contents) -> Said:
    refs = sorted(bom_ref(held.rpm) for held in contents.packages)
    tool = {"type": "application", "name": "headwater", "version": __version__}
    components = [contents.parts[held.rpm.digest].component for held in contents.packages]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{contents.serial}",
        "version": 1,
        "metadata": {
            "timestamp": contents.created.isoformat(),
            "component": _image(contents),
            "tools": {"components": [tool]},
        },
        "dependencies": [{"ref": IMAGE, **({"dependsOn": refs} if refs else {})}, *({"ref": ref} for ref in refs)],
        **({"components": components} if components else {}),
    }


def _image(contents: Contents) -> Said:
    image, vendor = contents.image, contents.vendor
    digests = [{"name": f"headwater:artefact:{one.format}", "value": one.digest} for one in image.artefacts]
    return {
        "bom-ref": IMAGE,
        "type": TYPE.get(image.kind, "data"),
        "name": image.name,
        "hashes": [{"alg": "SHA-256", "content": image.digest}],
        **({"version": contents.version} if contents.version else {}),
        **({"supplier": {"name": vendor}} if vendor else {}),
        **({"properties": sorted(digests, key=lambda one: (one["name"], one["value"]))} if digests else {}),
        **_nested(contents.made),
    }


def part(component: Said, files: Iterable[HeldFile]) -> msgspec.Raw:
    """A package with its files."""
    return msgspec.Raw(canonical_json(component | _nested(files)))


def _nested(files: Iterable[HeldFile]) -> Said:
    found = [
        {
            "type": "file",
            "name": file.path,
            "hashes": [{"alg": "SHA-1", "content": file.sha1}, {"alg": "SHA-256", "content": file.sha256}],
        }
        for file in files
    ]
    return {"components": found} if found else {}
