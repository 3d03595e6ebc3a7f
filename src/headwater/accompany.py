"""What goes with images wherever they go: bills of materials, and signatures where registries have a place for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from headwater import sbom, sign
from headwater.image.model import Image
from headwater.request import Request, Workshop
from headwater.rpm import headers


def accompany(request: Request, workshop: Workshop, images: Mapping[str, Image], facts: sbom.Facts) -> sbom.Facts:
    """Write all of it into the output folder; what is the same stays untouched. The facts come back with headers."""
    output, store = request.project.output, request.store
    facts = _with_headers(request, workshop, images.values(), facts)
    sbom.write_sboms(images, facts, store, output / "sbom")
    for name, one in images.items():
        if one.kind == "oci":
            signed = image_signer(request, workshop, f"{request.project.name}/{name}")
            sbom.write_referrers(one, facts, signed, output / "referrers" / name, store)
    return facts


def _with_headers(request: Request, workshop: Workshop, images: Iterable[Image], facts: sbom.Facts) -> sbom.Facts:
    packages = sorted({rpm for image in images for rpm in image.every_package})
    found = headers(packages, workshop.toolbox, request.store)
    return msgspec.structs.replace(facts, headers={rpm.digest: header for rpm, header in zip(packages, found, strict=True)})


def image_signer(request: Request, workshop: Workshop, name: str) -> Callable[[Sequence[str]], list[tuple[bytes, bytes]]]:
    """How manifests of a container image get their signatures as the image of this name: what is signed, and the signature."""
    key = sign.open_image_key(request.project.keys, workshop.toolbox)

    def signed(digests: Sequence[str]) -> list[tuple[bytes, bytes]]:
        texts = [sign.payload(digest, name) for digest in digests]
        return list(zip(texts, sign.sign_payloads(texts, key, workshop.toolbox, request.store), strict=True))

    return signed
