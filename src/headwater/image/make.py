"""Makes the files of each kind of image from its roots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import assert_never

import msgspec

from headwater.config.images import ImageKind, ImageRule
from headwater.config.workshop import MACHINE
from headwater.errors import Failure
from headwater.image.contents import Contents
from headwater.image.model import Image
from headwater.image.oci import make_oci
from headwater.image.place import copy_artefact, file_name
from headwater.image.rootfs import Composed
from headwater.image.wsl_rules import wsl_problems
from headwater.sign.model import Trust
from headwater.store import Blob, Store
from headwater.toolbox.model import Toolbox

RAW = "raw"  # the format that others are made of
Formats = Callable[[], Mapping[str, Blob]]


class Outputs(msgspec.Struct, frozen=True, kw_only=True):
    """What was made of an image: `blobs` by format, or by their paths in a container image's layout.

    `manifest` is the digest (`sha256:...`) of what a layout names, `formats` are those of a disk that no store keeps
    (`make_formats`).
    """

    blobs: dict[str, Blob]
    manifest: str = ""
    formats: Mapping[str, Blob] = {}


def make_outputs(
    rule: ImageRule,
    roots: Mapping[str, Composed],
    *,
    about: Mapping[str, str],
    origins: Mapping[str, str],
    earlier: Sequence[Image],
    trust: Trust,
    toolbox: Toolbox,
    store: Store,
    beside: Path,
) -> Outputs:
    """Make the image's files; those of gigabytes are laid into the folder `beside` while their digests are computed.

    `roots` are by architecture; only container images have more than that of this machine. `origins` says of each package, by
    name, which source it was built from; `earlier` are the images that this one is made from.
    """
    here = roots[MACHINE]
    with store.scratch("image") as work:
        match rule.kind:
            case ImageKind.OCI:
                others = {each: composed.root for each, composed in roots.items() if each != MACHINE}
                layout, manifest = make_oci(rule, about, here.root, origins, store, others)
                return Outputs(blobs=layout, manifest=manifest)
            case ImageKind.INITRD:
                from headwater.image.initrd import write_initrd  # noqa: PLC0415 each kind loads what it alone needs

                files = {"cpio": work / "cpio"}
                write_initrd(here.root, store, files["cpio"])
            case ImageKind.DISK:
                from headwater.image.disk import write_disk  # noqa: PLC0415 as above
                from headwater.image.formats import make_formats  # noqa: PLC0415 as above

                initrd = earlier[0].artefact("cpio").path
                secure = trust.secure_boot if rule.disk.secure_boot else None
                files = write_disk(rule, here, initrd=initrd, secure=secure, toolbox=toolbox, store=store, work=work)
                index, epoch = here.index.digest, here.root.epoch
                formats = partial(make_formats, files[RAW], rule, index, epoch, toolbox=toolbox, folder=beside)
                return _keep(rule, files, beside, store, formats)
            case ImageKind.ISO:
                from headwater.image.iso import write_iso  # noqa: PLC0415 as above

                secure = trust.secure_boot if any(map(_is_signed, earlier)) else None
                files = write_iso(rule, here, earlier, secure=secure, toolbox=toolbox, store=store, work=work)
            case ImageKind.EXTENSION:
                from headwater.image.ddi import write_extension  # noqa: PLC0415 as above

                secure = trust.secure_boot if _is_signed(earlier[0]) else None
                files = write_extension(rule, here, secure=secure, toolbox=toolbox, store=store, work=work)
            case ImageKind.WSL:
                from headwater.image.tar import canonical_tar  # noqa: PLC0415 as above
                from headwater.image.wsl import write_wsl  # noqa: PLC0415 as above

                _check_wsl(rule, here, store)
                files = {"wsl": work / "wsl"}
                write_wsl(canonical_tar(here.root, store), files["wsl"], toolbox)
            case ImageKind.UNSET:
                raise AssertionError(f"`{rule.name}` is described for another tool, which builds it")
            case _:
                assert_never(rule.kind)
        return _keep(rule, files, beside, store)


def _keep(rule: ImageRule, files: Mapping[str, Path], beside: Path, store: Store, formats: Formats = dict) -> Outputs:
    """Take files into the store and copy them into the folder, side by side: all read the same pages.

    So do `formats`, which are made of a raw disk, and digest it.
    """
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 as above

    with ExitStack() as opened, ThreadPoolExecutor() as pool:
        handles = {name: opened.enter_context(file.open("rb")) for name, file in files.items()}
        copied = [pool.submit(copy_artefact, handle, beside / file_name(name, rule)) for name, handle in handles.items()]
        making = pool.submit(formats)
        kept = {name: pool.submit(store.add_file, file, move=True) for name, file in files.items() if name != RAW}
        made = making.result()
        if RAW in files:
            digest = made[RAW].digest if made else ""
            kept[RAW] = pool.submit(store.add_file, files[RAW], move=True, digest=digest)
        for one in copied:
            one.result()
        return Outputs(blobs={name: one.result() for name, one in kept.items()}, formats=made)


def _is_signed(image: Image) -> bool:
    """Whether the image starts only what the project signed."""
    return any(one.format == "vars" for one in image.artefacts)


def _check_wsl(rule: ImageRule, composed: Composed, store: Store) -> None:
    with Contents(store) as contents:
        problems = wsl_problems(composed.root, contents.whole, rule.wsl, rule.where)
    if problems:
        raise Failure(problems)
