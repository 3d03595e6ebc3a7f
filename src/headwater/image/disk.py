"""A root as a UEFI disk: an ext4 file system and a unified kernel image, joined by systemd-repart, without any device."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

import msgspec

from headwater.config.images import ImageRule
from headwater.errors import Kind, fail
from headwater.image.model import Entry, Root
from headwater.image.rootfs import Composed, canonical_tar
from headwater.image.tar import Contents
from headwater.image.vhd import write_vhd
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

MIB = 1 << 20
WORK = "/tmp/work"  # noqa: S108 in the sandbox
STUB = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub"
MODULES = "/usr/lib/modules/"


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What one disk is identified by: every number follows from the root's digest."""

    disk: str
    root: str
    esp: str
    volume: str
    vhd: str

    @classmethod
    def of(cls, seed: str) -> Parts:
        def made(name: str) -> str:
            return str(uuid.UUID(bytes=hashlib.sha256(f"{seed} {name}".encode()).digest()[:16], version=4))

        return cls(disk=made("disk"), root=made("root"), esp=made("esp"), volume=made("volume")[:8], vhd=made("vhd"))


def write_disk(
    rule: ImageRule, composed: Composed, *, initrd: Path, toolbox: Toolbox, store: Store, work: Path
) -> dict[str, Path]:
    """Make `disk.raw`, the wanted other formats and the UKI in an empty directory; returns files by format.

    The kernel is the one of the root's own packages; the initrd must hold modules of the same version.
    """
    parts = Parts.of(composed.index.digest)
    tools = _Tools(toolbox, store.path(canonical_tar(composed, store).digest), work, composed.root.epoch)
    version = _kernel(rule, composed.root, store, work)
    shutil.copyfile(initrd, work / "initrd")
    words = " ".join([f"root=UUID={parts.root}", "rw", *rule.disk.command_line])
    tools.run("ukify", "build", f"--linux={WORK}/vmlinuz", f"--initrd={WORK}/initrd", f"--cmdline={words}",
              f"--uname={version}", f"--os-release=@{WORK}/os-release", f"--stub={STUB}",
              f"--output={WORK}/uki.efi")  # fmt: skip
    _make_root(rule, composed.root, parts, tools, work)
    _make_esp(rule, parts, tools, work)
    _join(parts, tools, work)
    made = {"uki": work / "uki.efi", "raw": work / "disk.raw"}
    if "qcow2" in rule.disk.formats:
        tools.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", f"{WORK}/disk.raw", f"{WORK}/disk.qcow2")
        made["qcow2"] = work / "disk.qcow2"
    if "vhd" in rule.disk.formats:
        made["vhd"] = work / "disk.vhd"
        write_vhd(made["raw"], made["vhd"], epoch=composed.root.epoch, identity=parts.vhd)
    return made


class _Tools:
    """Programs of the toolbox, seeing the work directory and the tar, in a world where it is always `epoch`."""

    def __init__(self, toolbox: Toolbox, tar: Path, work: Path, epoch: int) -> None:
        self._toolbox, self._epoch = toolbox, epoch
        self._binds = [
            sandbox.Bind(source=work, target=WORK, writable=True),
            sandbox.Bind(source=tar, target="/tmp/root.tar"),  # noqa: S108 in the sandbox
        ]

    def run(self, *words: str) -> None:
        sandbox.run(
            self._toolbox,
            words,
            binds=self._binds,
            env={"SOURCE_DATE_EPOCH": str(self._epoch)},
            kind=Kind.IMAGE,
            what=f"the disk could not be made: `{words[0]}` failed",
        )

    def age(self, *files: Path) -> None:
        for file in files:
            os.utime(file, (self._epoch, self._epoch))


def _kernel(rule: ImageRule, root: Root, store: Store, work: Path) -> str:
    """Lay kernel and os-release beside; returns the kernel's version."""
    kernels = [entry for entry in root.entries if entry.path.startswith(MODULES) and entry.path.endswith("/vmlinuz")]
    if len(kernels) != 1:
        raise fail(
            Kind.IMAGE,
            f"image `{rule.name}` needs one kernel and has {len(kernels)}",
            where=rule.where,
            why=f"looked for {MODULES}VERSION/vmlinuz",
            hint="add a kernel package such as `linux-image-cloud-amd64`",
        )
    release = next((entry for entry in root.entries if entry.path == "/usr/lib/os-release" and entry.is_file), None)
    with Contents(store) as contents:
        (work / "vmlinuz").write_bytes(contents.whole(kernels[0]))
        (work / "os-release").write_bytes(contents.whole(release) if release else b"ID=linux\n")
    return kernels[0].path[len(MODULES) :].partition("/")[0]


def _make_root(rule: ImageRule, root: Root, parts: Parts, tools: _Tools, work: Path) -> None:
    size = _room(root.entries) + rule.disk.free * MIB
    tools.run("mke2fs", "-q", "-t", "ext4", "-d", "/tmp/root.tar", "-L", "root", "-m", "0", "-U", parts.root,  # noqa: S108 in the sandbox
              "-E", f"hash_seed={parts.root},root_owner=0:0", f"{WORK}/root.img", f"{size // 1024}k")  # fmt: skip
    tools.age(work / "root.img")


def _room(entries: Sequence[Entry]) -> int:
    """Bytes that ext4 needs for these entries: whole blocks, inode tables, the journal, a little for growing directories."""
    content = sum(-(-entry.size // 4096) * 4096 + 512 for entry in entries)
    return -(-(content * 106 // 100 + 96 * MIB) // MIB) * MIB


def _make_esp(rule: ImageRule, parts: Parts, tools: _Tools, work: Path) -> None:
    size = max(rule.disk.esp_size * MIB, (work / "uki.efi").stat().st_size + 8 * MIB, 40 * MIB)  # FAT32 begins near 33 MiB
    loader = work / "esp" / "EFI" / "BOOT" / "BOOTX64.EFI"
    loader.parent.mkdir(parents=True)
    loader.hardlink_to(work / "uki.efi")
    with (work / "esp.img").open("wb") as file:
        file.truncate(-(-size // MIB) * MIB)
    tools.age(loader, loader.parent, loader.parent.parent)
    tools.run("mkfs.vfat", "--invariant", "-i", parts.volume, "-F", "32", "-n", "ESP", f"{WORK}/esp.img")
    tools.run("mcopy", "-sQ", "-i", f"{WORK}/esp.img", f"{WORK}/esp/EFI", "::/")
    tools.age(work / "esp.img")


def _join(parts: Parts, tools: _Tools, work: Path) -> None:
    """The disk has whole MiB, as Azure wants it: one more before the partitions, one after them for the second table."""
    rules = work / "repart.d"
    rules.mkdir()
    for number, kind, name in ((10, "esp", "esp"), (20, "root-x86-64", "root")):
        identity = parts.esp if kind == "esp" else parts.root
        text = f"[Partition]\nType={kind}\nLabel={name}\nUUID={identity}\nCopyBlocks={WORK}/{name}.img\nWeight=0\n"
        (rules / f"{number}-{name}.conf").write_text(text)
    size = sum((work / f"{name}.img").stat().st_size for name in ("esp", "root")) + 2 * MIB
    tools.run("systemd-repart", "--offline=yes", "--empty=create", f"--size={size}", f"--seed={parts.disk}", "--dry-run=no",
              f"--definitions={WORK}/repart.d", f"{WORK}/disk.raw")  # fmt: skip
