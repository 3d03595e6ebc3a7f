"""A medium that boots by UEFI and installs: an ISO 9660 file system with an EFI system partition as one of its files.

A CD's boot catalog (El Torito) and a partition table (GPT) point at that, so the medium starts as a CD and as a stick. It is a
file, and not a partition behind the file system, because firmware takes it to end where the file system does: a catalog can
only say sizes up to 32 MiB.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from headwater.config.images import ImageRule
from headwater.digest import digest_file
from headwater.image.identities import Identities
from headwater.image.initrd import write_initrd
from headwater.image.model import Image, Root
from headwater.image.partitions import make_esp
from headwater.image.payload import PAYLOAD, write_payload
from headwater.image.rootfs import Composed
from headwater.image.uki import FALLBACK, MODULES, kernel_of, lay_kernel, make_uki
from headwater.image.workbench import WORK, Workbench
from headwater.sign.model import SecureBoot
from headwater.store import Store
from headwater.toolbox.model import Toolbox


def write_iso(
    rule: ImageRule,
    composed: Composed,
    installs: Sequence[Image],
    *,
    secure: SecureBoot | None,
    toolbox: Toolbox,
    store: Store,
    work: Path,
) -> dict[str, Path]:
    """Make the medium and its UKI in an empty directory; returns files by format.

    The system on it is `composed`, all of which is the initrd; `installs` are disks, of which the medium has the partitions.
    With `secure` the firmware of a machine that starts only what the project signed starts it, too.
    """
    seed = hashlib.sha256("\n".join([composed.index.digest, *(image.key for image in installs)]).encode()).hexdigest()
    label = f"INSTALL-{seed[:8].upper()}"
    bench = Workbench(toolbox, work, composed.root.epoch, secure)
    write_payload(installs, bench)
    kernel = lay_kernel(kernel_of(rule, composed.root), composed.root, store, work)
    write_initrd(_without_kernel(composed.root), store, work / "initrd")
    told = [f"install.medium={label}", f"install.payload={digest_file(work / PAYLOAD)}"]
    make_uki([*told, *rule.iso.command_line], kernel, bench)
    make_esp({FALLBACK: "uki.efi"}, Identities.of(seed).volume, bench)
    _burn(label, Identities.of(seed), bench)
    return {"iso": work / "disk.iso", "uki": work / "uki.efi"}


def _without_kernel(root: Root) -> Root:
    """The kernel lies beside the initrd, not in it."""
    entries = tuple(entry for entry in root.entries if not (entry.path.startswith(MODULES) and entry.path.endswith("/vmlinuz")))
    return msgspec.structs.replace(root, entries=entries)


def _burn(label: str, known: Identities, bench: Workbench) -> None:
    """Make `disk.iso`. Every date in it is the time that stands still, every identity is given."""
    (bench.work / "medium").mkdir(mode=0o755)
    for name in ("esp.img", PAYLOAD):
        (bench.work / name).rename(bench.work / "medium" / name)
    bench.age(f"medium/{PAYLOAD}", "medium/esp.img", "medium")
    date = dt.datetime.fromtimestamp(bench.epoch, dt.UTC).strftime("%Y%m%d%H%M%S00")  # the last two are hundredths
    bench.run(
        "xorriso", "-as", "mkisofs", "-quiet", "-o", f"{WORK}/disk.iso", "-V", label, "-r", "-iso-level", "3",
        f"--modification-date={date}", "--set_all_file_dates", date, "--gpt_disk_guid", known.disk,
        "-efi-boot-part", "--efi-boot-image", "-e", "esp.img", "-no-emul-boot", f"{WORK}/medium",
    )  # fmt: skip
