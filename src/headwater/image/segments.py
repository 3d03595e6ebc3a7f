"""A package as ready pieces: what it puts where, and the contents; read once per package and kept by the package's digest."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Sequence
from pathlib import Path

import msgspec

from headwater.errors import Kind, fail
from headwater.image.model import Entry, Piece
from headwater.progress import step
from headwater.rpm.model import Rpm
from headwater.store import Result, Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

VERSION = 1  # of the shape of a Piece
SCRIPT = Path(__file__).parent / "inside" / "read_payload.py"
USR_MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")  # links to /usr since Debian 12


def pieces(packages: Sequence[Rpm], toolbox: Toolbox, store: Store) -> tuple[Piece, ...]:
    """The pieces of packages, in their order; those not yet in the store are read in one go, digests checked by rpm."""
    found = {package: store.get("piece", _key(package)) for package in packages}
    missing = [package for package, known in found.items() if known is None]
    if missing:
        with step("read", f"{len(missing)} packages", reason="not read before"):
            found |= _read(missing, toolbox, store)
    blobs = [known.outputs["index"].digest for known in found.values() if known]
    return tuple(msgspec.json.decode(store.read(blob), type=Piece) for blob in blobs)


def _key(package: Rpm) -> str:
    """Signatures do not matter to what is inside: signed and unsigned file have one piece."""
    return f"{package.payload or package.digest}-{VERSION}"


def _read(packages: Sequence[Rpm], toolbox: Toolbox, store: Store) -> dict[Rpm, Result]:
    with store.scratch("pieces") as work:
        jobs = [
            {
                "rpm": f"/tmp/blobs/{store.path(package.digest).relative_to(store.root / 'blobs')}",  # noqa: S108 in the sandbox
                "pack": f"/tmp/work/{number}.pack",  # noqa: S108 in the sandbox
                "index": f"/tmp/work/{number}.json",  # noqa: S108 in the sandbox
            }
            for number, package in enumerate(packages)
        ]
        sandbox.run(
            toolbox,
            ["python3", "/tmp/read_payload.py"],  # noqa: S108 in the sandbox
            binds=[
                sandbox.Bind(source=store.root / "blobs", target="/tmp/blobs"),  # noqa: S108 in the sandbox
                sandbox.Bind(source=work, target="/tmp/work", writable=True),  # noqa: S108 in the sandbox
                sandbox.Bind(source=SCRIPT, target="/tmp/read_payload.py"),  # noqa: S108 in the sandbox
            ],
            stdin=msgspec.json.encode(jobs),
            kind=Kind.IMAGE,
            what="a package's payload could not be read",
        )
        return {package: _keep(package, work / str(number), store) for number, package in enumerate(packages)}


def _keep(package: Rpm, made: Path, store: Store) -> Result:
    pack = store.add_file(made.with_suffix(".pack"), move=True)
    raw = msgspec.json.decode(made.with_suffix(".json").read_bytes(), type=Piece)
    entries = tuple(_placed(entry, package, pack.digest) for entry in raw.entries)
    piece = msgspec.structs.replace(raw, entries=entries)
    return store.put(
        "piece",
        _key(package),
        {"pack": pack, "index": msgspec.json.encode(piece)},
        inputs={package.filename: package.digest},
    )


def _placed(entry: Entry, package: Rpm, pack: str) -> Entry:
    """The entry below /usr where that is its real place; a path that could leave the root, or a device, is refused."""
    path = entry.path
    if path != posixpath.normpath(path) or not path.startswith("/") or path.startswith("//") or "\0" in path:
        raise fail(
            Kind.IMAGE,
            f"`{package.nevra}` holds the path {path!r}",
            why="paths in a package are absolute and hold no `..`",
            hint="do not use this package",
        )
    if stat.S_IFMT(entry.mode) not in {stat.S_IFDIR, stat.S_IFREG, stat.S_IFLNK}:
        raise fail(
            Kind.IMAGE,
            f"`{package.nevra}` holds `{path}`, which is no file, directory or link",
            why=f"st_mode {entry.mode:o}",
            hint="devices are made by systemd-udevd or tmpfiles.d",
        )
    top, slash, rest = path[1:].partition("/")
    if slash and top in USR_MERGED:
        path = f"/usr/{top}/{rest}"
    return msgspec.structs.replace(entry, path=path, pack=pack if entry.digest else "")
