"""The bills of materials of an image, in both formats, kept by what they were made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from headwater import __version__
from headwater.digest import digest_of
from headwater.image.model import Image
from headwater.progress import step
from headwater.sbom import parts
from headwater.sbom.contents import contents, held
from headwater.sbom.cyclonedx import cyclonedx
from headwater.sbom.model import Facts, Headers, Held
from headwater.sbom.spdx import spdx
from headwater.sbom.twins import apart
from headwater.store import Store
from headwater.whole import write_whole

VERSION = (2, parts.VERSION)  # of what is written

Documents = Mapping[str, bytes]  # by file name


def sboms(image: Image, facts: Facts, headers: Headers, store: Store) -> Documents:
    """SPDX 2.3 and CycloneDX 1.6 as JSON, by file name (`IMAGE.spdx.json`, `IMAGE.cdx.json`)."""
    names = (f"{image.name}.spdx.json", f"{image.name}.cdx.json")
    with step("sbom", image.name, reason="the image changed") as work:
        packages = held(image, facts)
        key = _identity(image, packages, facts)
        found = store.use("sbom", key)
        if found:
            work.cached()
            return {name: store.read(found.outputs[name].digest) for name in names}
        whole = contents(image, packages, facts, headers, store)
        made = dict(zip(names, (spdx(whole), cyclonedx(whole)), strict=True))
        store.put("sbom", key, made)
        return made


def every_sbom(image: Image, facts: Facts, headers: Headers, store: Store) -> tuple[Documents, ...]:
    """`sboms` of an image, and of each of its twins."""
    return tuple(sboms(one, told, headers, store) for one, told in apart(image, facts))


def write_sboms(every: Iterable[Documents], folder: Path) -> tuple[Path, ...]:
    """Write the files into a folder, each whole; what is the same stays untouched."""
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(write_whole(folder / name, content) for made in every for name, content in made.items())


def beside(images: Iterable[Image], output: Path) -> Iterator[Path]:
    """Files that go with images and lie in the output: bills of materials, and a registry's referrers."""
    for image in images:
        if image.kind == "oci":
            yield output / "referrers" / image.name / "index.json"
        names = (image.name, *(f"{image.name}-{twin.architecture}" for twin in image.twins))
        yield from (output / "sbom" / f"{name}.{suffix}.json" for name in names for suffix in ("spdx", "cdx"))


def _identity(image: Image, packages: Sequence[Held], facts: Facts) -> str:
    """All that is written down: the image, and what is known of each package."""
    artefacts = {artefact.format: artefact.digest for artefact in image.artefacts}
    told = [(one.rpm.digest, one.deb, one.origin) for one in packages]
    who = [facts.distro, facts.version, facts.vendor, __version__]
    return digest_of([VERSION, image.name, image.kind, image.index, artefacts, told, who])
