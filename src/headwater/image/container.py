"""Runs commands in an image's root without a machine: bubblewrap on a scratch copy, network only a loopback.

Every file of the copy belongs to the caller, who is shown as the wanted user. So the root of another user is read-only to him:
who may write what is not asked here.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from headwater import command
from headwater.image import scratch
from headwater.image.model import Image, Root
from headwater.image.roots import read_root
from headwater.store import Store
from headwater.toolbox import sandbox

SHELLS = ("/usr/bin/sh", "/bin/sh")
SERVED = "/run/headwater"  # where a directory of the host is seen
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"


class Container:
    """A root laid out, ready to be asked."""

    def __init__(self, place: Path, root: Root, serve: Path | None) -> None:
        self.place, self.root, self.serve = place, root, serve
        self.shell = any(entry.path in SHELLS for entry in root.entries)

    def run(self, words: str, seconds: float, *, user: str = "") -> tuple[int, str]:
        """Run a command, through the image's shell where it has one; exit code and what it wrote on both streams."""
        inside = ["sh", "-c", words] if self.shell else shlex.split(words)
        uid, gid = self.root.ids.users[user or "root"], self.root.ids.groups.get(user or "root", 0)
        vector = self.argv(inside, uid=uid, gid=gid, writable=not user)
        result = command.run(vector, timeout=seconds, accept=range(256))
        return result.code, (result.stdout + result.stderr).decode(errors="replace").strip("\n")

    def argv(
        self,
        words: Sequence[str],
        *,
        uid: int = 0,
        gid: int = 0,
        writable: bool = True,
        env: Mapping[str, str] | None = None,
        cwd: str = "/",
    ) -> list[str]:
        """The argument vector that runs `words` in the root as that user; root has all capabilities there."""
        vector = ["bwrap", "--die-with-parent", "--new-session", "--unshare-all", "--uid", str(uid), "--gid", str(gid)]
        vector += ["--bind" if writable else "--ro-bind", str(self.place), "/", "--dev", "/dev", "--proc", "/proc"]
        vector += [*sandbox.KERNEL, "--tmpfs", "/run", "--tmpfs", "/tmp"]  # noqa: S108 the image's
        vector += ["--cap-add", "ALL"] if uid == 0 else []
        vector += ["--ro-bind", str(self.serve.resolve()), SERVED] if self.serve else []
        vector += ["--clearenv", "--chdir", cwd]
        for name, value in {"PATH": PATH, "HOME": "/tmp", **(env or {})}.items():  # noqa: S108 the image's
            vector += ["--setenv", name, value]
        return [*vector, "--", *words]


@contextmanager
def unpacked(image: Image, store: Store, *, serve: Path | None = None, architecture: str = "") -> Iterator[Container]:
    """The image's root, or that of its twin, as a container for the time of the context."""
    indexes = {"": image.index} | {twin.architecture: twin.index for twin in image.twins}
    root = read_root(indexes[architecture], store)
    with store.scratch("container") as place:
        scratch.lay_out({entry.path: entry for entry in root.entries}, place, store)
        yield Container(place, root, serve)
