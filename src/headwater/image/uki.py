"""A unified kernel image: the root's own kernel, an initrd and a command line in one file that UEFI firmware starts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headwater.config.images import ImageRule
from headwater.errors import Kind, fail
from headwater.image.contents import Contents
from headwater.image.model import Entry, Root
from headwater.image.secure import signing_words
from headwater.image.workbench import WORK, Workbench
from headwater.store import Store

EFI = "/usr/lib/systemd/boot/efi"
MODULES = "/usr/lib/modules/"
FALLBACK = "EFI/BOOT/BOOTX64.EFI"  # what firmware starts on a disk that it does not know (UEFI 3.5.1.1)


def kernel_of(rule: ImageRule, root: Root) -> Entry:
    """The one kernel of a root."""
    kernels = [entry for entry in root.entries if entry.path.startswith(MODULES) and entry.path.endswith("/vmlinuz")]
    if len(kernels) != 1:
        raise fail(
            Kind.IMAGE,
            f"image `{rule.name}` needs one kernel and has {len(kernels)}",
            where=rule.where,
            why=f"looked for {MODULES}VERSION/vmlinuz",
            hint="add a kernel package such as `linux-image-cloud-amd64`",
        )
    return kernels[0]


def lay_kernel(kernel: Entry, root: Root, store: Store, work: Path) -> str:
    """Lay the root's kernel and os-release beside; returns the kernel's version."""
    release = next((entry for entry in root.entries if entry.path == "/usr/lib/os-release" and entry.is_file), None)
    with Contents(store) as contents:
        (work / "vmlinuz").write_bytes(contents.whole(kernel))
        (work / "os-release").write_bytes(contents.whole(release) if release else b"ID=linux\n")
    return kernel.path[len(MODULES) :].partition("/")[0]


def make_uki(words: Sequence[str], kernel: str, bench: Workbench) -> None:
    """Make `uki.efi` of `vmlinuz`, `initrd` and `os-release`; `words` are the command line, `kernel` is the version."""
    bench.run("ukify", "build", f"--linux={WORK}/vmlinuz", f"--initrd={WORK}/initrd", f"--cmdline={' '.join(words)}",
              f"--uname={kernel}", f"--os-release=@{WORK}/os-release", f"--stub={EFI}/linuxx64.efi.stub",
              f"--output={WORK}/uki.efi", *signing_words(bench))  # fmt: skip
