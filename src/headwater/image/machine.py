"""A machine as a value, and the words that start it: QEMU with UEFI firmware in a sandbox whose only network is a loopback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from headwater.errors import Failure, Kind, Problem
from headwater.image import screen
from headwater.image.model import Image
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

MEMORY, CORES = 1024, 2  # MiB; under emulation one core takes seven seconds more
SERIAL = "headwater"  # and the number of the drive
PORT = 8080  # of the host's files, which the guest sees at http://10.0.2.2:8080/
QEMU = "qemu-system-x86_64"
FIRMWARE, SECURE_FIRMWARE = "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"
VARIABLES = "usr/share/OVMF/OVMF_VARS_4M.fd"
TCG, KVM = "tcg,thread=multi", "kvm"
# who holds the serial line is root, by credentials from outside: the image itself has no password
LOGIN = ("agetty.autologin=root", "login.noauth=yes")
# where the sandbox has what the machine is made of
WORK, SERVED, TPM, SOCKETS = "/tmp/work", "/tmp/serve", "/tmp/tpm", "/tmp/sockets"  # noqa: S108 in the sandbox
CONTROL, CDROM = "/tmp/control", "/tmp/cdrom"  # noqa: S108 in the sandbox
# the guest's network is the sandbox's own loopback, where nothing but this server listens
SERVE = 'python3 -m http.server --bind 127.0.0.1 --directory "$1" "$2" >/tmp/work/http.log 2>&1 & shift 2; exec "$@"'
MEASURE = 'swtpm socket --tpm2 --daemon --tpmstate "dir=$1" --ctrl "type=unixio,path=$2" && shift 2 && exec "$@"'


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What is put together and switched on. `memory` is in MiB.

    `disk` is raw; what the guest writes is gone with the machine unless `keep`. `drives` are further raw disks, never written:
    a seed, a medium. `cdrom` is a disc in a drive. `command_line` has words that systemd-stub adds to the kernel's; Secure Boot
    refuses them. `variables` is the firmware's memory, read and written; without it every start is the first one, with what
    `begins` has. `secure` takes the firmware that starts only what the keys in its memory signed. `tpm` is the folder of a TPM
    2.0's state. `serve` is a folder that the guest reads at http://10.0.2.2:8080/. A connection to the Unix socket `sockets`/N
    arrives at the guest's TCP port N, one of `ports`. With `reboots` a machine that restarts goes on; else it ends there.
    `control` is a folder for QEMU's own socket, by which its screen is looked at.
    """

    disk: Path
    keep: bool = False
    drives: tuple[Path, ...] = ()
    cdrom: Path | None = None
    command_line: tuple[str, ...] = ()
    variables: Path | None = None
    begins: Path | None = None
    secure: bool = False
    tpm: Path | None = None
    serve: Path | None = None
    sockets: Path | None = None
    ports: tuple[int, ...] = ()
    memory: int = MEMORY
    reboots: bool = False
    control: Path | None = None


def machine_of(image: Image, *, serve: Path | None = None) -> Machine:
    """The machine that an image of kind `disk` was made for; what it writes is gone with it."""
    begins = next((one.path for one in image.artefacts if one.format == "vars"), None)
    return Machine(disk=image.artefact("raw").path, begins=begins, secure=begins is not None, serve=serve)


@contextmanager
def command_of(machine: Machine, toolbox: Toolbox, store: Store, *, accelerator: str) -> Iterator[list[str]]:
    """The command that is the machine: its serial line is the command's standard input and output.

    Errors: Failure(TOOL) where the toolbox lacks what a machine is made of.
    """
    _check_toolbox(machine, toolbox)
    with store.scratch("guest") as work:
        if not machine.variables:
            shutil.copyfile(machine.begins or toolbox.root / VARIABLES, work / "vars.fd")
        words = qemu(machine, accelerator)
        if machine.tpm:
            words = ["sh", "-c", MEASURE, "measure", TPM, f"{WORK}/tpm.sock", *words]
        if machine.serve:
            words = ["sh", "-c", SERVE, "serve", SERVED, str(PORT), *words]
        devices = ["/dev/kvm"] if accelerator == KVM else []
        yield sandbox.argv(toolbox, words, binds=list(_binds(machine, work)), devices=devices)


def _check_toolbox(machine: Machine, toolbox: Toolbox) -> None:
    """Each missing part with the Debian package that has it."""
    parts = {f"/usr/bin/{QEMU}": "qemu-system-x86", SECURE_FIRMWARE if machine.secure else FIRMWARE: "ovmf"}
    parts |= {"/usr/bin/swtpm": "swtpm"} if machine.tpm else {}
    problems = [
        Problem(
            kind=Kind.TOOL,
            what=f"the toolbox has no `{path}`, without which no machine starts",
            why=f"nothing is at {toolbox.root}{path}",
            hint=f'names = ["{package}"] in [[toolbox.packages]] with its reason, then hw toolbox update',
        )
        for path, package in parts.items()
        if not (toolbox.root / path[1:]).exists()
    ]
    if problems:
        raise Failure(problems)


def _binds(machine: Machine, work: Path) -> Iterator[sandbox.Bind]:
    yield sandbox.Bind(source=work, target=WORK, writable=True)
    yield sandbox.Bind(source=machine.disk.resolve(), target=_drive(0), writable=machine.keep)
    for number, drive in enumerate(machine.drives, 1):
        yield sandbox.Bind(source=drive.resolve(), target=_drive(number))
    if machine.cdrom:
        yield sandbox.Bind(source=machine.cdrom.resolve(), target=CDROM)
    if machine.variables:
        yield sandbox.Bind(source=machine.variables.resolve(), target=f"{WORK}/vars.fd", writable=True)
    if machine.tpm:
        yield sandbox.Bind(source=machine.tpm.resolve(), target=TPM, writable=True)
    if machine.serve:
        yield sandbox.Bind(source=machine.serve.resolve(), target=SERVED)
    if machine.sockets:
        yield sandbox.Bind(source=machine.sockets.resolve(), target=SOCKETS, writable=True)
    if machine.control:
        yield sandbox.Bind(source=machine.control.resolve(), target=CONTROL, writable=True)


def _drive(number: int) -> str:
    return f"/tmp/disk{number}"  # noqa: S108 in the sandbox


def seen_drive(number: int) -> str:
    """Where the guest's udev puts a drive: 0 is its disk, further `drives` are from 1."""
    return f"/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_{SERIAL}{number}"


def qemu(machine: Machine, accelerator: str) -> list[str]:
    """QEMU's words: UEFI firmware, NVMe disks, one serial line on standard input and output."""
    return [
        QEMU,
        *("-machine", "q35,smm=on" if machine.secure else "q35", "-accel", accelerator),
        *("-cpu", "host" if accelerator == KVM else "max", "-smp", str(CORES), "-m", str(machine.memory)),
        *("-nodefaults", "-no-user-config", "-display", "none", "-device", "virtio-rng-pci", "-serial", "mon:stdio"),
        *([] if machine.reboots else ["-no-reboot"]),
        *_firmware(machine),
        *_disk(0, kept=machine.keep),
        *(word for number, _ in enumerate(machine.drives, 1) for word in _disk(number)),
        *(_CDROM_WORDS if machine.cdrom else ()),
        *_network(machine.ports),
        *(word for text in _told(machine) for word in ("-smbios", f"type=11,value={text.replace(',', ',,')}")),
        *(_TPM_WORDS if machine.tpm else ()),
        *(("-device", "VGA", "-qmp", f"unix:{CONTROL}/{screen.SOCKET},server=on,wait=off") if machine.control else ()),
    ]


def _told(machine: Machine) -> Iterator[str]:
    """What the guest is told by its firmware's tables (smbios(7), systemd-stub(7))."""
    yield from (f"io.systemd.credential:{text}" for text in LOGIN)
    if machine.command_line:
        yield f"io.systemd.stub.kernel-cmdline-extra={' '.join(machine.command_line)}"


def _firmware(machine: Machine) -> Iterator[str]:
    code = SECURE_FIRMWARE if machine.secure else FIRMWARE
    yield from ("-drive", f"if=pflash,format=raw,readonly=on,file={code}")
    yield from ("-drive", f"if=pflash,format=raw,file={WORK}/vars.fd")
    if machine.secure:  # only the firmware itself, in system management mode, writes its variables
        yield from ("-global", "driver=cfi.pflash01,property=secure,value=on")


def _disk(number: int, *, kept: bool = False) -> tuple[str, ...]:
    """NVMe is built into the cloud kernel; it takes no read-only drive, so one that is not kept is written to a snapshot."""
    snapshot = "off" if kept else "on"
    drive = f"if=none,id=disk{number},format=raw,snapshot={snapshot},file={_drive(number)}"
    return ("-drive", drive, "-device", f"nvme,drive=disk{number},serial={SERIAL}{number}")


def _network(ports: Sequence[int]) -> tuple[str, ...]:
    forward = "".join(f",hostfwd=unix:{SOCKETS}/{port}-:{port}" for port in ports)
    return ("-netdev", f"user,id=net{forward}", "-device", "virtio-net-pci,netdev=net,romfile=")


_CDROM_WORDS = (
    *("-drive", f"if=none,id=cdrom,format=raw,media=cdrom,readonly=on,file={CDROM}"),
    *("-device", "ide-cd,drive=cdrom"),
)
_TPM_WORDS = (
    *("-chardev", f"socket,id=tpm,path={WORK}/tpm.sock"),
    *("-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm"),
)
