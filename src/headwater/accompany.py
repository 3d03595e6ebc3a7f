"""What goes with images wherever they go: bills of materials, and signatures where registries have a place for them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec

from headwater import sbom, sign
from headwater.image.model import Image
from headwater.request import Request, Workshop
from headwater.rpm import headers


def accompany(request: Request, workshop: Workshop, images: Mapping[str, Image], facts: sbom.Facts) -> sbom.Facts:
    """Write all of it into the output folder; what is the same stays untouched. The facts come back with headers."""
    output, store = request.project.output, request.store
    names = {name: f"{request.project.name}/{name}" for name, one in images.items() if one.kind == "oci"}
    with image_signers(
        request, workshop, {place: images[name].artefact("oci").digest for name, place in names.items()}
    ) as signers:
        facts = _with_headers(request, workshop, images.values(), facts)
        documents = {name: sbom.every_sbom(one, facts, store) for name, one in sorted(images.items())}
        sbom.write_sboms(itertools.chain(*documents.values()), output / "sbom")
        for name, place in names.items():
            sbom.write_referrers(images[name], documents[name], signers[place], output / "referrers" / name, store)
    return facts


def _with_headers(request: Request, workshop: Workshop, images: Iterable[Image], facts: sbom.Facts) -> sbom.Facts:
    packages = sorted({rpm for image in images for rpm in image.every_package})
    found = headers(packages, workshop.toolbox, request.store)
    return msgspec.structs.replace(facts, headers={rpm.digest: header for rpm, header in zip(packages, found, strict=True)})


@contextmanager
def image_signers(request: Request, workshop: Workshop, digests: Mapping[str, str]) -> Iterator[dict[str, sbom.Sign]]:
    """How manifests of container images get their signatures, for each name that an image has.

    `digests` are of the images themselves, by name. If one of them is not signed yet, signing is made ready at once.
    """
    if not digests:
        yield {}
        return
    key = sign.open_image_key(request.project.keys, workshop.toolbox)
    first = [sign.payload(digest, name) for name, digest in digests.items()]
    with sign.signing(first, key, workshop.toolbox, request.store) as sign_texts:

        def signer(name: str) -> sbom.Sign:
            def signed(digests: Sequence[str]) -> list[tuple[bytes, bytes]]:
                texts = [sign.payload(digest, name) for digest in digests]
                return list(zip(texts, sign_texts(texts), strict=True))

            return signed

        yield {name: signer(name) for name in digests}
