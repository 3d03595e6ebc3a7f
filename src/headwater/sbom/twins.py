"""An image for several architectures, taken apart: each of them as an image with its own packages, root and manifest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from headwater.config.workshop import MACHINE
from headwater.image.model import Image, Twin
from headwater.sbom.model import Facts

Described = dict[str, Any]  # a descriptor of image-spec 1.1


def apart(image: Image, facts: Facts) -> Iterator[tuple[Image, Facts]]:
    """The image of this machine, then one named `IMAGE-ARCHITECTURE` for each twin; each with the facts that tell of it."""
    yield image, facts
    for twin in image.twins:
        debs = {**facts.debs, **facts.foreign.get(twin.architecture, {})}
        yield _as_image(image, twin), msgspec.structs.replace(facts, debs=debs)


def _as_image(image: Image, twin: Twin) -> Image:
    name = f"{image.name}-{twin.architecture}"
    return msgspec.structs.replace(image, name=name, packages=twin.packages, index=twin.index, twins=())


def subject_of(image: Image) -> Described:
    """The descriptor of what the image's own layout names."""
    return _bare(_read(image, "index.json")["manifests"][0])


def subjects_of(image: Image) -> tuple[Described, ...]:
    """The descriptors of its manifests, in the order of `apart`."""
    whole = subject_of(image)
    if not image.twins:
        return (whole,)
    listed = _read(image, f"blobs/{whole['digest'].replace(':', '/')}")["manifests"]
    found = {one["platform"]["architecture"]: _bare(one) for one in listed}
    return tuple(found[name] for name in (MACHINE, *(twin.architecture for twin in image.twins)))


def _read(image: Image, name: str) -> Any:
    return msgspec.json.decode((image.artefact("oci").path / name).read_bytes())


def _bare(one: Described) -> Described:
    return {key: one[key] for key in ("mediaType", "digest", "size")}
