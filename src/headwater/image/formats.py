"""A disk as others want it: QEMU's format, and a fixed VHD for Azure. Made where they are laid; the store keeps a disk once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from headwater.config.images import ImageRule
from headwater.digest import digest_file, digests_with
from headwater.image.identities import Identities
from headwater.image.model import Artefact, Image
from headwater.image.place import file_name
from headwater.image.vhd import tail_of, write_vhd
from headwater.image.workbench import WORK, Workbench
from headwater.store import Blob
from headwater.toolbox.model import Toolbox

CONVERT = ("qemu-img", "convert", "-f", "raw", "-O", "qcow2")


def make_formats(raw: Path, rule: ImageRule, index: str, epoch: int, *, toolbox: Toolbox, folder: Path) -> dict[str, Blob]:
    """Make the formats that a disk's table wants of `raw` in a folder, while that is read for its digest; `raw` is told, too.

    Every number in them follows from the image's root: its digest `index`, and its time `epoch`, in seconds since 1970.
    """
    identity, bench = Identities.of(index).vhd, Workbench(toolbox, folder, epoch)
    tail = tail_of(raw.stat().st_size, epoch=epoch, identity=identity)

    def qcow2(file: Path) -> str:
        bench.run(*CONVERT, bench.show(raw), f"{WORK}/{file.name}")
        return digest_file(file)

    def vhd(file: Path) -> str:
        write_vhd(raw, file, tail)
        return digests.result()[1]  # of what was copied: nobody needs to read it for that

    ways: dict[str, Callable[[Path], str]] = {"qcow2": qcow2, "vhd": vhd}

    def make(name: str) -> Blob:
        file = folder / file_name(name, rule)
        digest = ways[name](file)
        file.chmod(0o644)
        return Blob(digest=digest, size=file.stat().st_size)

    with ThreadPoolExecutor() as pool:
        digests = pool.submit(digests_with, raw, tail)
        making = {name: pool.submit(make, name) for name in ways if name in rule.disk.formats}
        made = {name: one.result() for name, one in making.items()}
        return {"raw": Blob(digest=digests.result()[0], size=raw.stat().st_size), **made}


def with_formats(
    image: Image, rule: ImageRule, epoch: int, made: Mapping[str, Blob] | None, *, toolbox: Toolbox, folder: Path
) -> Image:
    """The image with these formats among its artefacts; None: they are made now, of the raw disk that is laid in the folder."""
    raw = image.artefact("raw").path
    if made is None:
        made = make_formats(folder / raw.name, rule, image.index, epoch, toolbox=toolbox, folder=folder)
    others = [
        Artefact(format=name, path=raw.with_name(file_name(name, rule)), digest=f"sha256:{blob.digest}", size=blob.size)
        for name, blob in made.items()
        if name != "raw"
    ]
    every = sorted((*image.artefacts, *others), key=lambda one: one.format)
    return msgspec.structs.replace(image, artefacts=tuple(every))
