"""Starts a disk in QEMU with UEFI firmware, in a sandbox whose only network is a loopback, and hands out its console."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headwater import command
from headwater.errors import Failure
from headwater.image.serial import Console
from headwater.progress import step
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

MEMORY, CORES = 1024, 2  # MiB; under emulation one core takes seven seconds more
PATIENCE = 420.0  # seconds to the login prompt under emulation: 40 on a quiet machine, 220 where ten others work
PROBE = 90.0  # seconds for the one boot under KVM that shows whether it works
PROMPT = r"login: "
PORT = 8080  # of the host's files, which the guest sees at http://10.0.2.2:8080/
FIRMWARE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
VARIABLES = "usr/share/OVMF/OVMF_VARS_4M.fd"
TCG, KVM = "tcg,thread=multi", "kvm"
# who holds the serial line is root, by credentials from outside: the image itself has no password
LOGIN = ("agetty.autologin=root", "login.noauth=yes")
# the guest's network is the sandbox's own loopback, where nothing but this server listens
SERVE = 'python3 -m http.server --bind 127.0.0.1 --directory "$1" "$2" >/tmp/work/http.log 2>&1 & shift 2; exec "$@"'


@contextmanager
def boot_image(
    disk: Path, toolbox: Toolbox, store: Store, *, log: Path, serve: Path | None = None, accelerator: str = ""
) -> Iterator[Console]:
    """Start a raw disk and wait for the login prompt; the disk stays as it is. The guest ends with the context.

    `log` keeps all that the console said. `serve` is a directory that the guest reads at http://10.0.2.2:8080/.
    Errors: Failure(IMAGE) with the console's last lines.
    """
    chosen = accelerator or accelerate(disk, toolbox, store)
    with _guest(disk, toolbox, store, chosen, log, serve) as console:
        with step("boot", disk.name, reason=chosen) as work:
            console.expect(PROMPT, PATIENCE)
            work.note("login prompt")
            console.ready(PATIENCE)
        yield console


@contextmanager
def _guest(  # noqa: PLR0917 private, and each is a different thing of the guest
    disk: Path, toolbox: Toolbox, store: Store, accelerator: str, log: Path, serve: Path | None
) -> Iterator[Console]:
    """A machine under way; it ends with the context."""
    with machine(disk, toolbox, store, accelerator=accelerator, serve=serve) as words:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        process = command.start(words, log=log)
        try:
            yield Console(process, log)
        finally:
            command.end(process)


@contextmanager
def machine(disk: Path, toolbox: Toolbox, store: Store, *, accelerator: str, serve: Path | None = None) -> Iterator[list[str]]:
    """The command that is a machine with this disk: its serial line is the command's standard input and output."""
    with store.scratch("guest") as work:
        shutil.copyfile(toolbox.root / VARIABLES, work / "vars.fd")
        binds = [
            sandbox.Bind(source=work, target="/tmp/work", writable=True),  # noqa: S108 in the sandbox
            sandbox.Bind(source=disk.resolve(), target="/tmp/disk"),  # noqa: S108 in the sandbox
        ]
        words = qemu(accelerator)
        if serve:
            binds.append(sandbox.Bind(source=serve.resolve(), target="/tmp/serve"))  # noqa: S108 in the sandbox
            words = ["sh", "-c", SERVE, "serve", "/tmp/serve", str(PORT), *words]  # noqa: S108 in the sandbox
        devices = ["/dev/kvm"] if accelerator == KVM else []
        yield sandbox.argv(toolbox, words, binds=binds, devices=devices)


def qemu(accelerator: str) -> list[str]:
    """QEMU's words: UEFI firmware, one NVMe disk that is never written, one serial line on standard input and output."""
    firmware = [
        "-drive",
        f"if=pflash,format=raw,readonly=on,file={FIRMWARE}",
        "-drive",
        "if=pflash,format=raw,file=/tmp/work/vars.fd",
    ]
    disk = ["-drive", "if=none,id=root,format=raw,snapshot=on,file=/tmp/disk", "-device", "nvme,drive=root,serial=headwater"]
    network = ["-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="]
    credentials = [word for text in LOGIN for word in ("-smbios", f"type=11,value=io.systemd.credential:{text}")]
    return [
        *_machine(accelerator), *firmware, *disk, *network, *credentials,
        "-device", "virtio-rng-pci", "-serial", "stdio", "-no-reboot",
    ]  # fmt: skip


def _machine(accelerator: str) -> list[str]:
    processor = "host" if accelerator == KVM else "max"
    return ["qemu-system-x86_64", "-machine", "q35", "-accel", accelerator, "-cpu", processor, "-smp", str(CORES),
            "-m", str(MEMORY), "-nodefaults", "-no-user-config", "-display", "none"]  # fmt: skip


def accelerate(disk: Path, toolbox: Toolbox, store: Store) -> str:
    """KVM where this disk really came up under it, else emulation; the answer is kept until the machine boots again.

    /dev/kvm can be there and its guests still die in the kernel's first instructions, so only a login prompt counts.
    """
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return TCG
    key = f"{toolbox.key}-{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}"
    known = store.get("accelerator", key)
    if known is None:
        known = store.put("accelerator", key, {}, facts=KVM if _runs_on_kvm(disk, toolbox, store) else TCG)
    return str(known.facts)


def _runs_on_kvm(disk: Path, toolbox: Toolbox, store: Store) -> bool:
    with store.scratch("probe") as work, step("probe", "KVM", reason="/dev/kvm is there"):
        try:
            with _guest(disk, toolbox, store, KVM, work / "serial.log", None) as console:
                console.expect(PROMPT, PROBE)
        except Failure:
            return False
        return True
