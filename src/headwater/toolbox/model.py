"""The toolbox as a value."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Toolbox(msgspec.Struct, frozen=True, kw_only=True):
    """A root filesystem with the field's tools. `key` is the digest of all its packages' names, versions and digests.

    `moved` names what differs from the lock (`name old -> new`), because the mirror no longer has the locked file.
    """

    root: Path
    key: str
    moved: tuple[str, ...] = ()
