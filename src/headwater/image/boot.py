"""Switches a machine on, waits for its login prompt, and hands out its console."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from headwater import command
from headwater.errors import Failure
from headwater.image.machine import CONTROL, KVM, TCG, Machine, command_of
from headwater.image.screen import take_picture
from headwater.image.serial import Console
from headwater.progress import step
from headwater.store import Store
from headwater.toolbox.model import Toolbox

PATIENCE = 420.0  # seconds to the login prompt under emulation: 40 on a quiet machine, 220 where ten others work
PROBE = 90.0  # seconds for the one boot under KVM that shows whether it works
PROMPT = r"login: "
PICTURE = ".png"  # beside the log, in its name


@contextmanager
def boot(machine: Machine, toolbox: Toolbox, store: Store, *, log: Path, accelerator: str = "") -> Iterator[Console]:
    """Start a machine and wait until a shell answers on its console, as root. The guest ends with the context.

    `log` keeps all that the console said. Errors: Failure(IMAGE) with the console's last lines, and where a picture of the
    guest's screen is: beside the log.
    """
    chosen = accelerator or accelerate(machine, toolbox, store)
    with start(machine, toolbox, store, log=log, accelerator=chosen) as console:
        with step("boot", machine.disk.name, reason=chosen) as work:
            login(console)
            work.note("login prompt")
        yield console


def login(console: Console) -> None:
    """Wait for the login prompt, and until a shell answers; again after each restart of the guest."""
    console.expect(PROMPT, PATIENCE)
    console.ready(PATIENCE)


@contextmanager
def start(machine: Machine, toolbox: Toolbox, store: Store, *, log: Path, accelerator: str = "") -> Iterator[Console]:
    """Switch a machine on and wait for nothing; it ends with the context."""
    chosen = accelerator or accelerate(machine, toolbox, store)
    with store.scratch("control") as control:
        seen = msgspec.structs.replace(machine, control=control)
        with command_of(seen, toolbox, store, accelerator=chosen) as words:
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_bytes(b"")
            log.with_suffix(PICTURE).unlink(missing_ok=True)
            process = command.start(words, log=log)
            try:
                yield Console(process, log, lambda: _picture(control, log.with_suffix(PICTURE)))
            finally:
                command.end(process)


def _picture(control: Path, place: Path) -> Path | None:
    return place if take_picture(control, CONTROL, place) else None


def accelerate(machine: Machine, toolbox: Toolbox, store: Store) -> str:
    """KVM where this disk really came up under it, else emulation; the answer is kept until this computer boots again.

    /dev/kvm can be there and its guests still die in the kernel's first instructions, so only a login prompt counts.
    """
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return TCG
    key = f"{toolbox.key}-{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}"
    known = store.get("accelerator", key)
    if known is None and machine.cdrom:
        return TCG  # its disk may well be empty, and would prove nothing
    if known is None:
        known = store.put("accelerator", key, {}, facts=KVM if _runs_on_kvm(machine, toolbox, store) else TCG)
    return str(known.facts)


def _runs_on_kvm(machine: Machine, toolbox: Toolbox, store: Store) -> bool:
    probe = Machine(disk=machine.disk, begins=machine.begins, secure=machine.secure)
    with store.scratch("probe") as work, step("probe", "KVM", reason="/dev/kvm is there"):
        try:
            with start(probe, toolbox, store, log=work / "serial.log", accelerator=KVM) as console:
                console.expect(PROMPT, PROBE)
        except Failure:
            return False
        return True
