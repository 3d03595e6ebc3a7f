"""What goes with images wherever they go: bills of materials, and signatures where registries have a place for them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

from headwater import sbom, sign
from headwater.image.model import Image
from headwater.request import Request, Workshop
from headwater.rpm import headers


def accompany(request: Request, workshop: Workshop, images: Mapping[str, Image], facts: sbom.Facts) -> None:
    """Write all of it into the output folder; what is the same stays untouched."""
    output, store = request.project.output, request.store
    names = {name: f"{request.project.name}/{name}" for name, one in images.items() if one.kind == "oci"}
    with image_signing(request, workshop) as signer:
        for name, place in names.items():
            signer.begin(place, [images[name].artefact("oci").digest])
        said = headers_of(request, workshop)
        documents = {name: sbom.every_sbom(one, facts, said, store) for name, one in sorted(images.items())}
        unsigned = {name: sbom.unsigned(images[name], documents[name]) for name in names}
        for name, place in names.items():
            signer.begin(place, sbom.digests(unsigned[name]))
        sbom.write_sboms(itertools.chain(*documents.values()), output / "sbom")
        for name, place in names.items():
            signer.write(place, unsigned[name], output / "referrers" / name)


def headers_of(request: Request, workshop: Workshop) -> sbom.Headers:
    """How bills of materials learn what packages say of themselves, where they do not know it yet."""
    return lambda packages: headers(packages, workshop.toolbox, request.store)


class ImageSigner:
    """Signs manifests of container images, each as the image of a name, by the project's key for them."""

    def __init__(self, request: Request, workshop: Workshop, stack: ExitStack) -> None:
        self._request, self._workshop, self._stack = request, workshop, stack

    @cached_property
    def _signer(self) -> sign.Signer:
        key = sign.open_image_key(self._request.project.keys, self._workshop.toolbox)
        return self._stack.enter_context(sign.signing(key, self._workshop.toolbox, self._request.store))

    def begin(self, name: str, digests: Iterable[str]) -> None:
        """Sign manifests while others are written."""
        self._signer.begin(sign.payload(digest, name) for digest in digests)

    def write(self, name: str, unsigned: Sequence[sbom.Unsigned], folder: Path) -> None:
        """Write what refers to an image, signed, as a layout."""
        digests = sbom.digests(unsigned)
        texts = [sign.payload(digest, name) for digest in digests]
        signed = zip(texts, self._signer.signatures(texts), strict=True)
        sbom.write_referrers(unsigned, dict(zip(digests, signed, strict=True)), folder, self._request.store)


@contextmanager
def image_signing(request: Request, workshop: Workshop) -> Iterator[ImageSigner]:
    """What signs container images in this block."""
    with ExitStack() as stack:
        yield ImageSigner(request, workshop, stack)
