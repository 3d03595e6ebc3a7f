"""A root as layers: the directories, one layer for each origin of packages, and last what the image itself makes.

An update of one package then moves its own layer and the last one; all others stay, at the registry and in the store.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import msgspec
import zstandard

from headwater.digest import digest_of
from headwater.image.model import Entry, Root
from headwater.image.tar import write_tar
from headwater.store import Blob, Result, Store

LEVEL = (
    18  # of zstd: a layer is compressed once, and fetched for years; 15 takes less than half the time and gives a tenth more
)
MOST = 40  # layers of packages; overlayfs of older kernels takes 128 in all, and each costs a request
DIRECTORIES, MADE, OTHERS = "directories", "made for this image", "other packages"


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One layer: `blob` is its compressed tar, `diff_id` the SHA-256 of the tar itself (image-spec 1.1, layer.md)."""

    origin: str
    blob: Blob
    diff_id: str


def layers_of(root: Root, origins: Mapping[str, str], store: Store) -> tuple[Layer, ...]:
    """The layers of a root, bottom first. `origins` says of each package, by name, which source it was built from."""
    parts = divide(root, origins)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:  # zstd lets go of the interpreter
        return tuple(pool.map(lambda part: _layer(part[0], part[1], store), parts))


def divide(root: Root, origins: Mapping[str, str]) -> tuple[tuple[str, Root], ...]:
    """Each origin's part of a root. Directories come first, so that no layer has to repeat those of another.

    Origins beyond `MOST` share a layer, the smallest first: their updates cost little anyway.
    """
    groups: dict[str, list[Entry]] = {}
    for entry in root.entries:
        made = entry.package not in origins
        origin = DIRECTORIES if entry.is_directory else MADE if made else origins[entry.package]
        groups.setdefault(origin, []).append(entry)
    ends = [groups.pop(name, []) for name in (DIRECTORIES, MADE)]
    by_size = sorted(groups, key=lambda origin: (-sum(entry.size for entry in groups[origin]), origin))
    few = sorted(entry.path for origin in by_size[MOST:] for entry in groups.pop(origin))
    by_path = {entry.path: entry for entry in root.entries}
    parts = [(DIRECTORIES, ends[0]), *sorted(groups.items()), (OTHERS, [by_path[path] for path in few]), (MADE, ends[1])]
    return tuple((origin, msgspec.structs.replace(root, entries=tuple(entries))) for origin, entries in parts if entries)


def _layer(origin: str, part: Root, store: Store) -> Layer:
    key = _key(part)
    result = store.get("layer", key)
    if result is None:
        result = _write(key, part, store)
    return Layer(origin=origin, blob=result.outputs["tar.zst"], diff_id=result.facts["diff_id"])


def _key(part: Root) -> str:
    """All that the bytes of a layer follow from; times of things that no package brought are in the entries."""
    users = {entry.user: part.ids.users[entry.user] for entry in part.entries}
    groups = {entry.group: part.ids.groups[entry.group] for entry in part.entries}
    return digest_of([part.entries, users, groups, LEVEL, zstandard.ZSTD_VERSION])


def _write(key: str, part: Root, store: Store) -> Result:
    with store.scratch("layer") as work:
        place = work / "tar.zst"
        compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        with place.open("wb") as file, compressor.stream_writer(file) as packed:
            hashed = _Hashed(packed)
            write_tar(part, store, hashed)
        facts = {"diff_id": hashed.hasher.hexdigest()}
        return store.put("layer", key, {"tar.zst": store.add_file(place, move=True)}, facts=facts)


class _Hashed:
    """A file that also digests what is written to it."""

    def __init__(self, file: zstandard.ZstdCompressionWriter) -> None:
        self.hasher = hashlib.sha256()
        self._file = file

    def write(self, data: bytes) -> int:
        self.hasher.update(data)
        return self._file.write(data)
