"""A disk as others want it: QEMU's format, and a fixed VHD for Azure. Made where it is laid; the store keeps a disk once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from headwater.config.images import ImageRule
from headwater.digest import digest_file
from headwater.image.identities import Identities
from headwater.image.model import Artefact, Image
from headwater.image.place import file_name
from headwater.image.vhd import write_vhd
from headwater.image.workbench import WORK, Workbench
from headwater.toolbox.model import Toolbox

CONVERT = ("qemu-img", "convert", "-f", "raw", "-O", "qcow2")


def with_formats(image: Image, rule: ImageRule, folder: Path, epoch: int, toolbox: Toolbox) -> Image:
    """The image with the formats that its table wants, made in the folder where its raw disk is laid, on the way to its place.

    Every number in them follows from the image's root, whose time is `epoch`, in seconds since 1970.
    """
    bench, raw = Workbench(toolbox, folder, epoch), image.artefact("raw").path
    ways: dict[str, Callable[[Path], object]] = {
        "qcow2": lambda file: bench.run(*CONVERT, f"{WORK}/{raw.name}", f"{WORK}/{file.name}"),
        "vhd": lambda file: write_vhd(folder / raw.name, file, epoch=epoch, identity=Identities.of(image.index).vhd),
    }

    def make(name: str) -> Artefact:
        file = folder / file_name(name, rule)
        ways[name](file)
        file.chmod(0o644)
        size, digest = file.stat().st_size, digest_file(file)
        return Artefact(format=name, path=raw.with_name(file.name), digest=f"sha256:{digest}", size=size)

    with ThreadPoolExecutor() as pool:
        made = list(pool.map(make, [name for name in ways if name in rule.disk.formats]))
    every = sorted((*image.artefacts, *made), key=lambda one: one.format)
    return msgspec.structs.replace(image, artefacts=tuple(every))
