"""Runs one command in the toolbox: its root read-only, no network, one uid, nothing of the host but what is bound.

bubblewrap gives the namespaces. Inside, the caller is uid 0 of a user namespace that maps only itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from headwater import command
from headwater.errors import Kind
from headwater.feed import Feed
from headwater.toolbox.model import Toolbox
from headwater.toolbox.subordinate import subordinate_ids
from headwater.toolbox.unsynced import unsynced

IDS = Path(__file__).with_name("ids.py")
ENVIRONMENT = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/tmp",  # noqa: S108 a private tmpfs
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}
# The kernel's settings belong to the machine: uid 0 here is the machine's where root started us, and needs no capability to
# write them. bubblewrap closes them only where it finds their folder writable, and the kernel says that of none.
KERNEL = ("--ro-bind", "/proc/sys", "/proc/sys")


class Bind(msgspec.Struct, frozen=True, kw_only=True):
    """A file or directory of this machine, seen in the sandbox at `target` (default: the same path)."""

    source: Path
    target: str = ""
    writable: bool = False


def argv(
    toolbox: Toolbox,
    words: Sequence[str | Path],
    *,
    binds: Sequence[Bind] = (),
    cwd: str = "/",
    env: Mapping[str, str] | None = None,
    network: bool = False,
    devices: Sequence[str] = (),
    many_ids: bool = False,
    filters: Sequence[int] = (),
) -> list[str]:
    """The argument vector that runs `words` in the toolbox; `env` is added to ENVIRONMENT, `devices` are nodes below /dev.

    `filters` are open files that hold one filter of system calls each. With `many_ids` files can be given to 65,536 users (see
    `ids`), else to one; Failure(TOOL) where the caller has no such ids.
    """
    vector = ["bwrap", "--die-with-parent", "--new-session"]
    if many_ids:
        assert not network, "what needs many users needs no network"
        given = [str(number) for one in subordinate_ids().values() for number in one]
        apart = [f"--unshare-{one}" for one in ("pid", "net", "ipc", "uts")]
        vector = [sys.executable, "-I", str(IDS), *given, *vector, *apart]
    else:
        vector += ["--unshare-all", "--uid", "0", "--gid", "0"]
    vector += ["--cap-add", "ALL"]
    for file in filters:
        vector += ["--seccomp", str(file)]
    if network:
        vector.append("--share-net")
    vector += ["--ro-bind", str(toolbox.root), "/", "--dev", "/dev", "--proc", "/proc", *KERNEL, "--tmpfs", "/tmp"]  # noqa: S108
    vector += ["--tmpfs", "/run", "--tmpfs", "/var/tmp"]  # noqa: S108
    for device in devices:
        vector += ["--dev-bind", device, device]
    for bind in binds:
        vector += ["--bind" if bind.writable else "--ro-bind", str(bind.source), bind.target or str(bind.source)]
    vector += ["--chdir", cwd, "--clearenv"]
    for name, value in {**ENVIRONMENT, **(env or {})}.items():
        vector += ["--setenv", name, value]
    return [*vector, "--", *(str(word) for word in words)]


def run(
    toolbox: Toolbox,
    words: Sequence[str | Path],
    *,
    binds: Sequence[Bind] = (),
    cwd: str = "/",
    env: Mapping[str, str] | None = None,
    network: bool = False,
    devices: Sequence[str] = (),
    many_ids: bool = False,
    stdin: bytes | Feed = b"",
    log: Path | None = None,
    timeout: float | None = None,
    accept: Sequence[int] = (0,),
    kind: Kind = Kind.TOOL,
    what: str = "",
    hint: str = "",
) -> command.Result:
    """Run a command in the toolbox to its end; see `command.run` for what comes back and what is raised."""
    with unsynced() as filters:
        vector = argv(
            toolbox, words, binds=binds, cwd=cwd, env=env, network=network, devices=devices, many_ids=many_ids, filters=filters
        )
        return command.run(
            vector,
            stdin=stdin,
            files=filters,
            log=log,
            timeout=timeout,
            accept=accept,
            kind=kind,
            what=what or f"`{words[0]}` failed",
            hint=hint,
        )


@contextmanager
def begun(
    toolbox: Toolbox,
    words: Sequence[str | Path],
    *,
    binds: Sequence[Bind] = (),
    cwd: str = "/",
    timeout: float | None = None,
    kind: Kind = Kind.TOOL,
) -> Iterator[command.Begun]:
    """A command in the toolbox that starts now and is told in pieces what it reads; see `command.begun`."""
    with unsynced() as filters:
        vector = argv(toolbox, words, binds=binds, cwd=cwd, filters=filters)
        with command.begun(vector, files=filters, timeout=timeout, kind=kind, what=f"`{words[0]}` failed") as program:
            yield program
