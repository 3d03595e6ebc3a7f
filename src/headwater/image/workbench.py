"""Where a disk is put together: programs see one directory and what they are shown, at a time that stands still."""

from __future__ import annotations

import os
from pathlib import Path

from headwater.errors import Kind
from headwater.feed import Feed
from headwater.sign.model import SecureBoot
from headwater.sparse import copy_into
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

WORK, KEYS = "/tmp/work", "/tmp/keys"  # noqa: S108 in the sandbox


class Workbench:
    """`work` is the directory, seen by programs as WORK; `epoch` is in seconds.

    `secure` are the keys for what firmware starts, seen at KEYS.
    """

    def __init__(self, toolbox: Toolbox, work: Path, epoch: int, secure: SecureBoot | None = None) -> None:
        self.work, self.epoch, self.secure = work, epoch, secure
        self._toolbox = toolbox
        self._binds = [sandbox.Bind(source=work, target=WORK, writable=True)]
        if secure:
            self._binds.append(sandbox.Bind(source=secure.folder, target=KEYS))

    def show(self, file: Path) -> str:
        """Where programs see a file from elsewhere, which they can only read."""
        target = f"/tmp/shown{len(self._binds)}"  # noqa: S108 in the sandbox
        self._binds.append(sandbox.Bind(source=file.resolve(), target=target))
        return target

    def run(self, *words: str, stdin: Feed | bytes = b"") -> str:
        """What a program wrote to its standard output."""
        return sandbox.run(
            self._toolbox,
            words,
            binds=self._binds,
            env={"SOURCE_DATE_EPOCH": str(self.epoch)},
            stdin=stdin,
            kind=Kind.IMAGE,
            what=f"the disk could not be made: `{words[0]}` failed",
        ).text

    def take(self, name: str, path: str) -> None:
        """Copy a file of the toolbox into the directory."""
        (self.work / name).write_bytes((self._toolbox.root / path.lstrip("/")).read_bytes())

    def put(self, name: str, target: str, begin: int) -> None:
        """Copy a file of the directory into another one there, from its byte `begin` on; holes are skipped."""
        with (self.work / name).open("rb") as source, (self.work / target).open("r+b") as file:
            copy_into(source, file, begin)

    def age(self, *names: str) -> None:
        """Give files the time that stands still."""
        for name in names:
            os.utime(self.work / name, (self.epoch, self.epoch))
