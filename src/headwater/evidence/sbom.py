"""The bills of materials of an image, in both formats, kept by what they were made from."""

from __future__ import annotations

from pathlib import Path

from headwater.digest import digest_of
from headwater.evidence.contents import contents
from headwater.evidence.model import World
from headwater.evidence.twins import apart
from headwater.image.model import Image
from headwater.progress import step
from headwater.whole import write_whole

VERSION = 1  # of what is written


def sboms(image: Image, world: World) -> dict[str, bytes]:
    """SPDX 2.3 and CycloneDX 1.6 as JSON, by file name (`IMAGE.spdx.json`, `IMAGE.cdx.json`)."""
    names = (f"{image.name}.spdx.json", f"{image.name}.cdx.json")
    with step("sbom", image.name, reason="the image changed") as work:
        key = _identity(image, world)
        found = world.store.use("sbom", key)
        if found:
            work.cached()
        else:
            # the formats' libraries take longer to load than a finished world to be found
            from headwater.evidence.cyclonedx import cyclonedx  # noqa: PLC0415 as said
            from headwater.evidence.spdx import spdx  # noqa: PLC0415 as said

            held = contents(image, world)
            found = world.store.put("sbom", key, dict(zip(names, (spdx(held), cyclonedx(held)), strict=True)))
        return {name: world.store.read(found.outputs[name].digest) for name in names}


def write_sboms(world: World) -> tuple[Path, ...]:
    """Write both files of every image and twin into `sbom/` of the output, each whole; what is the same stays untouched."""
    folder = world.project.output / "sbom"
    folder.mkdir(parents=True, exist_ok=True)
    every = [sboms(one, told) for _, image in sorted(world.images.items()) for one, told in apart(image, world)]
    return tuple(write_whole(folder / name, content) for made in every for name, content in made.items())


def _identity(image: Image, world: World) -> str:
    """All that is written down: the image, and what is known of each package."""
    debs = {rpm.name: world.debs[rpm.name].sha256 for rpm in image.packages if rpm.name in world.debs}
    specs = {name: rendered.digest for name, rendered in world.rendered.items()}
    headers = sorted(rpm.digest for rpm in image.packages if rpm.digest in world.headers)
    artefacts = {artefact.format: artefact.digest for artefact in image.artefacts}
    distro = world.project.distro.vendor if world.project.project.default_distro else ""
    return digest_of([VERSION, image.name, image.index, artefacts, debs, specs, headers, distro])
