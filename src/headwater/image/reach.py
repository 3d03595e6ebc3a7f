"""A guest that programs of this machine reach by ssh: its root lets in a key that is made for this one run."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from headwater.errors import Kind, fail
from headwater.image.boot import PATIENCE, boot
from headwater.image.machine import machine_of
from headwater.image.model import Image
from headwater.image.seed import read_keys
from headwater.image.serial import Console
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

RELAY = Path(__file__).with_name("relay.py")
SSH, KEY, WORK = 22, "root", "/tmp/work"  # noqa: S108 in the sandbox
LET_IN = (
    "systemctl is-system-running --wait >/dev/null; "
    "systemctl is-active --quiet ssh.service || systemctl is-active --quiet sshd.service || exit; "
    "mkdir -p -m 700 /root/.ssh && echo {key} >>/root/.ssh/authorized_keys"
)


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How ssh gets to a guest as root: with the private `key`, by way of the command `proxy` (ssh_config(5), ProxyCommand)."""

    key: Path
    proxy: str


@contextmanager
def reach(image: Image, toolbox: Toolbox, store: Store, *, serve: Path | None, log: Path) -> Iterator[Way]:
    """Start a disk and let ssh in; the guest ends with the context, and what it wrote is gone.

    It sees `serve` at http://10.0.2.2:8080/. Errors: Failure(IMAGE) as those of `boot`, and where no server of ssh runs.
    """
    with store.scratch("reach") as place:
        machine = msgspec.structs.replace(machine_of(image, serve=serve), sockets=place, ports=(SSH,))
        with boot(machine, toolbox, store, log=log) as console:
            yield let_in(console, place, toolbox)


def let_in(console: Console, place: Path, toolbox: Toolbox) -> Way:
    """Give a guest, whose port 22 is a socket in `place`, a new key to its root."""
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "headwater", "-f", f"{WORK}/{KEY}"]
    bind = sandbox.Bind(source=place, target=WORK, writable=True)
    sandbox.run(
        toolbox, words, binds=[bind], what="no key could be made", hint='names = ["openssh-client"] in [[toolbox.packages]]'
    )
    (public,) = read_keys(place / f"{KEY}.pub")
    code, said = console.run(LET_IN.format(key=shlex.quote(public)), PATIENCE)
    if code:
        why = f"no ssh.service and no sshd.service runs in it\n{said}".rstrip()
        hint = 'names = ["openssh-server"] in [[images.NAME.packages]], and its unit in units'
        raise fail(Kind.IMAGE, "the guest lets nobody in", why=why, hint=hint)
    words = [sys.executable, "-I", str(RELAY), str(place / str(SSH))]
    return Way(key=place / KEY, proxy=shlex.join(words).replace("%", "%%"))
