"""A disk's console for a person: the guest's serial line is the terminal."""

from __future__ import annotations

from pathlib import Path

from headwater import command
from headwater.errors import Kind, fail
from headwater.image.boot import accelerate
from headwater.image.machine import Machine, command_of
from headwater.image.model import Image
from headwater.store import Store
from headwater.toolbox.model import Toolbox


def open_console(image: Image, toolbox: Toolbox, store: Store, *, serve: Path | None = None) -> int:
    """Boot a disk image with the terminal as its console; returns QEMU's exit code. The disk stays as it was."""
    if image.kind != "disk":
        raise fail(Kind.USAGE, f"image `{image.name}` is no disk", why=f"its kind is {image.kind}", hint="hw image list")
    machine = Machine(disk=image.artefact("raw").path, serve=serve)
    with command_of(machine, toolbox, store, accelerator=accelerate(machine, toolbox, store)) as words:
        return command.interact(words)
