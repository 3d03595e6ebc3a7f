"""Packages in a folder of the user's, as packages that build roots may hold."""

from __future__ import annotations

from pathlib import Path

from headwater.build.solve import LOCAL
from headwater.errors import Kind, fail
from headwater.rpm import read_headers, rpm_of
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox

MOST = 5000  # packages
LARGEST = 4 << 30  # bytes of one


def read_local(folder: Path, toolbox: Toolbox, store: Store) -> tuple[Rpm, ...]:
    """Every binary package in a folder and below it, taken into the store; whether it has repodata makes no difference.

    Errors: Failure(USAGE) for a folder without packages, Failure(REPOSITORY) for a file that rpm can not read.
    """
    files = sorted(
        path for path in folder.rglob("*.rpm") if path.is_file() and not path.name.endswith((".src.rpm", ".nosrc.rpm"))
    )
    if not files:
        raise fail(Kind.USAGE, f"`{folder}` holds no packages", why="looked for *.rpm in it and below", hint=f"ls {folder}")
    if len(files) > MOST or (large := [path for path in files if path.stat().st_size > LARGEST]):
        why = f"`{large[0].name}` has more than {LARGEST >> 30} GiB" if len(files) <= MOST else f"{len(files)} packages"
        raise fail(Kind.USAGE, f"`{folder}` holds too much", why=why)
    blobs = {path: store.add_file(path) for path in files}
    found = read_headers({blob.digest: path.name for path, blob in blobs.items()}, toolbox, store)
    return tuple(sorted({rpm_of(found[blob.digest], blob, origin=LOCAL) for blob in blobs.values()}))
