"""The next version as patches of an older one: what a machine has already is not sent again.

zstd compresses the new part with the old one as its dictionary; unchanged files of the root have the same compressed bytes in
both (erofs compresses each on its own), wherever they lie. The tree of hashes is not sent: a machine makes it from the root.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import zstandard

from headwater.digest import digest_file, digest_of
from headwater.errors import Kind, fail
from headwater.store import Blob, Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

PATCHED, PATCH = ("erofs", "efi"), ".patch"
LEVEL = 3  # of zstd: on a root of 93 MB, level 19 makes the patch 18 % smaller in a hundred times the time
WORK = "/tmp/work"  # noqa: S108 in the sandbox


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the image `name`: its parts, uncompressed, by the ending of their names."""

    name: str
    version: str
    parts: dict[str, Path]


def patches(new: Version, folder: Path, old: Mapping[str, str], toolbox: Toolbox, store: Store) -> dict[str, Blob]:
    """Patches to a version, by their files' names, from each other one that lies in `folder`.

    `old` are the digests of the folder's files by name, as we signed them.
    """
    known = re.compile(rf"{re.escape(new.name)}_([^_]+)(?:_[^_]+)?\.({'|'.join(PATCHED)})\.zst")
    made = {}
    for file, digest in old.items():
        match = known.fullmatch(file)
        if match and match[1] != new.version:
            name = f"{prefix(new)}{match[1]}.{match[2]}{PATCH}"
            made[name] = _patch(folder / file, digest, new.parts[match[2]], toolbox, store)
    return made


def prefix(new: Version) -> str:
    """How the names of all patches to a version begin."""
    return f"{new.name}_{new.version}_from_"


def _patch(compressed: Path, digest: str, new: Path, toolbox: Toolbox, store: Store) -> Blob:
    key = digest_of([digest, digest_file(new), LEVEL, toolbox.key])
    found = store.use("patch", key)
    if not found:
        with store.scratch("patch") as work:
            _unpack(compressed, digest, work / "old")
            words = ["zstd", "--quiet", f"-{LEVEL}", "--long=31", "--single-thread", f"--patch-from={WORK}/old", f"{WORK}/new"]
            binds = [
                sandbox.Bind(source=work, target=WORK, writable=True),
                sandbox.Bind(source=new.resolve(), target=f"{WORK}/new"),
            ]
            sandbox.run(toolbox, [*words, "-o", f"{WORK}/patch"], binds=binds, kind=Kind.IMAGE)
            found = store.put("patch", key, {"patch": store.add_file(work / "patch", move=True)})
    return found.outputs["patch"]


def _unpack(compressed: Path, digest: str, target: Path) -> None:
    if digest_file(compressed) != digest:
        raise fail(Kind.SIGNATURE, f"`{compressed}` is not what was signed", hint="take the folder of updates from a copy")
    with compressed.open("rb") as source, target.open("wb") as file:
        zstandard.ZstdDecompressor().copy_stream(source, file)
