"""An image's console for a person: the guest's serial line is the terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from headwater import command
from headwater.config.images import ImageKind
from headwater.errors import Kind, fail
from headwater.image.boot import accelerate
from headwater.image.machine import Machine, command_of, machine_of
from headwater.image.model import Image
from headwater.image.seed import write_seed
from headwater.store import Store
from headwater.toolbox.model import Toolbox

EMPTY = 8 << 30  # bytes of the disk that a medium may install onto; what is not written takes no room
NAME, SSH = "guest", 22


def open_console(
    image: Image,
    toolbox: Toolbox,
    store: Store,
    *,
    serve: Path | None,
    say: Callable[[str], None],
    seed: Path | None = None,
    keys: Sequence[str] = (),
) -> int:
    """Boot a disk, or a medium with an empty disk, with the terminal as its console; returns QEMU's exit code.

    What the guest writes is gone in the end. `seed` is a further disk, which cloud-init reads; instead of it one is made that
    lets in who has one of the public `keys`. With either, how to log in by ssh is said before the machine starts.
    """
    if image.kind == ImageKind.ISO.value:
        return _with_empty_disk(image, toolbox, store)
    if image.kind != ImageKind.DISK.value:
        why = f"its kind is {image.kind}"
        raise fail(Kind.USAGE, f"image `{image.name}` is nothing that boots", why=why, hint="hw image list")
    machine = machine_of(image, serve=serve)
    if not keys and not seed:
        return _interact(machine, toolbox, store)
    with store.scratch("seed") as work:
        drives = (seed or write_seed(work, NAME, keys, toolbox),)
        say(f"ssh -o ProxyCommand='nc -U {work / str(SSH)}' USER@{NAME}")
        return _interact(msgspec.structs.replace(machine, drives=drives, sockets=work, ports=(SSH,)), toolbox, store)


def _with_empty_disk(image: Image, toolbox: Toolbox, store: Store) -> int:
    with store.scratch("disk") as work:
        (work / "disk").touch()
        os.truncate(work / "disk", EMPTY)
        return _interact(Machine(disk=work / "disk", keep=True, cdrom=image.artefact("iso").path), toolbox, store)


def _interact(machine: Machine, toolbox: Toolbox, store: Store) -> int:
    with command_of(machine, toolbox, store, accelerator=accelerate(machine, toolbox, store)) as words:
        return command.interact(words)
