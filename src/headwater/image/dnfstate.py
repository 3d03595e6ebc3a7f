"""What dnf5 remembers of installed packages: which were asked for, and which only came along (libdnf5's system state).

Without it dnf5 takes every package for one that somebody wants, and its `remove` leaves behind what nobody needs any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from headwater.image.index import Index, file_of
from headwater.image.rpmdb import BY
from headwater.rpm.model import Rpm
from headwater.store import Store

PROGRAM = "/usr/bin/dnf5"
FOLDER = "/usr/lib/sysimage/libdnf5"
FORMAT = "1.0"


def add_state(index: Index, packages: Sequence[Rpm], asked: Collection[str], epoch: int, store: Store) -> None:
    """Put the state into an index that has dnf5; `asked` are the names of the packages that the image's table names."""
    if PROGRAM not in index:
        return
    reasons = {f"{rpm.name}.{rpm.arch}": {"reason": "User" if rpm.name in asked else "Dependency"} for rpm in packages}
    origins = {rpm.nevra: {"from_repo": "base"} for rpm in packages}  # the channel that images are composed from
    for name, table in (("packages", reasons), ("nevras", origins)):
        path = f"{FOLDER}/{name}.toml"
        index[path] = file_of(path, _toml(name, table).encode(), epoch, store, by=BY)


def _toml(name: str, table: Mapping[str, Mapping[str, str]]) -> str:
    import json  # noqa: PLC0415 for images with dnf5

    rows = (
        f"\n[{name}.{json.dumps(key)}]\n" + "".join(f"{field} = {json.dumps(value)}\n" for field, value in fields.items())
        for key, fields in sorted(table.items())
    )
    return f"version = {json.dumps(FORMAT)}\n" + "".join(rows)
