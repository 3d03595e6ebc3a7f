"""A root as a UEFI disk: a file system, and a unified kernel image that names it. Identifiers follow from the root's digest."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from headwater.config.images import ImageRule, RootKind
from headwater.errors import Kind, fail
from headwater.feed import Feed
from headwater.image.identities import Identities
from headwater.image.model import Entry, Root
from headwater.image.partitions import MIB, Partition, esp_room, join, make_esp
from headwater.image.rootfs import Composed
from headwater.image.secure import enroll, sign_loader
from headwater.image.slots import hashes_of
from headwater.image.tar import canonical_tar
from headwater.image.uki import EFI, FALLBACK, kernel_of, lay_kernel, make_uki
from headwater.image.verity import make_verity
from headwater.image.workbench import WORK, Workbench
from headwater.sign.model import SecureBoot
from headwater.store import Store
from headwater.toolbox.model import Toolbox

REFUSE = "systemd.verity_root_options=panic-on-corruption"  # else what reads the block sees an error, and goes on


def write_disk(
    rule: ImageRule,
    composed: Composed,
    *,
    initrd: Path,
    secure: SecureBoot | None,
    toolbox: Toolbox,
    store: Store,
    work: Path,
) -> dict[str, Path]:
    """Make the disk and the UKI in an empty directory; returns files by format.

    The kernel is the one of the root's own packages; the initrd must hold modules of the same version. With `secure` all that
    the firmware starts is signed, and variables of a firmware that starts nothing else are a format, too.
    """
    known = Identities.of(composed.index.digest)
    bench = Workbench(toolbox, work, composed.root.epoch, secure)
    match rule.disk.root:
        case RootKind.EXT4:
            _plain(rule, composed.root, initrd, known, bench, store)
            made = {}
        case RootKind.VERITY:
            _sealed(rule, composed.root, initrd, known, bench, store)
            made = {"erofs": work / "root.img", "verity": work / "verity.img"}
    made |= {"uki": work / "uki.efi", "raw": work / "disk.raw"}
    if secure:
        made["vars"] = enroll(secure, bench)
    return made


def _plain(  # noqa: PLR0917 private, and each is a different thing
    rule: ImageRule, root: Root, initrd: Path, known: Identities, bench: Workbench, store: Store
) -> None:
    """A root that may be written: one ext4 file system, made where it lies on the disk; the firmware starts the UKI.

    Neither waits for the other, so the partitions get their sizes before there is anything to lay into them.
    """
    kernel = kernel_of(rule, root)
    room, size = esp_room(kernel.size + initrd.stat().st_size, rule.disk.esp_size * MIB), _room(root.entries)
    parts = [
        Partition(kind="esp", label="esp", identity=known.esp, size=room),
        Partition(kind="root-x86-64", label="root", identity=known.root, size=size + rule.disk.free * MIB),
    ]
    esp, begin = join(parts, known.disk, 0, bench)
    with ThreadPoolExecutor() as pool:
        writing = pool.submit(_write_ext4, canonical_tar(root, store), begin, parts[1].size, known.root, bench)
        version = _lay_boot(kernel, root, initrd, bench, store)
        make_uki([f"root=UUID={known.root}", "rw", *rule.disk.command_line], version, bench)
        make_esp({FALLBACK: "uki.efi"}, known.volume, bench, size=room)
        bench.put("esp.img", "disk.raw", esp)
        writing.result()


def _sealed(  # noqa: PLR0917 as above
    rule: ImageRule, root: Root, initrd: Path, known: Identities, bench: Workbench, store: Store
) -> None:
    """A root that nothing changes, in the first of two slots; systemd-boot chooses among the UKIs of all versions."""
    version, name = _lay_boot(kernel_of(rule, root), root, initrd, bench, store), f"{rule.name}_{rule.version}"
    verity = make_verity(canonical_tar(root, store), known.root, rule.name, bench)
    make_uki([f"roothash={verity.hash}", "ro", REFUSE, *rule.disk.command_line], version, bench)
    bench.take("loader.efi", f"{EFI}/systemd-bootx64.efi")
    sign_loader("loader.efi", "boot.efi", bench)
    (bench.work / "loader.conf").write_text("timeout 0\n")
    files = {FALLBACK: "boot.efi", "loader/loader.conf": "loader.conf", f"EFI/Linux/{name}.efi": "uki.efi"}
    make_esp(files, known.volume, bench, least=rule.disk.esp_size * MIB)
    slot, hashes = rule.disk.slot_size * MIB, hashes_of(rule.disk.slot_size) * MIB
    _fits(rule, bench.work / "root.img", slot)
    parts = [
        Partition(kind="esp", label="esp", identity=known.esp, file="esp.img"),
        Partition(kind="root-x86-64", label=name, identity=verity.data, file="root.img", size=slot),
        Partition(kind="root-x86-64-verity", label=name, identity=verity.tree, file="verity.img", size=hashes),
    ]
    join(parts, known.disk, rule.disk.free * MIB, bench)


def _lay_boot(kernel: Entry, root: Root, initrd: Path, bench: Workbench, store: Store) -> str:
    """Lay beside what a UKI is made of; returns the kernel's version."""
    shutil.copyfile(initrd, bench.work / "initrd")
    return lay_kernel(kernel, root, store, bench.work)


def _fits(rule: ImageRule, root: Path, slot: int) -> None:
    if root.stat().st_size > slot:
        raise fail(
            Kind.IMAGE,
            f"the root of `{rule.name}` does not fit into its slot",
            where=rule.disk.where or rule.where,
            why=f"it has {-(-root.stat().st_size // MIB)} MiB, the slot {slot // MIB}; machines that run cannot make it larger",
            hint=f"images.{rule.name}.disk.slot-size",
        )


def _write_ext4(tar: Feed, begin: int, size: int, identity: str, bench: Workbench) -> None:
    """The file system in its partition of `disk.raw`, both in bytes.

    Without lazy_itable_init mke2fs asks the kernel here; a journal that is not written is the hole that was there.
    """
    ways = f"hash_seed={identity},root_owner=0:0,lazy_itable_init=0,lazy_journal_init=1,offset={begin}"
    bench.run("mke2fs", "-q", "-t", "ext4", "-d", "-", "-L", "root", "-m", "0", "-U", identity, "-E", ways,
              f"{WORK}/disk.raw", f"{size // 1024}k", stdin=tar)  # fmt: skip


def _room(entries: Sequence[Entry]) -> int:
    """Bytes that ext4 needs for these entries: whole blocks, inode tables, the journal, a little for growing directories."""
    content = sum(-(-entry.size // 4096) * 4096 + 512 for entry in entries)
    return -(-(content * 106 // 100 + 96 * MIB) // MIB) * MIB
