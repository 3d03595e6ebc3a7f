"""A root as layers: the directories, one layer for each origin of packages, the rpm database, and what the image itself makes.

An update of one package then moves its own layer and the last two; all others stay, at the registry and in the store. Another
word in the image's table moves the last one alone.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Mapping

import msgspec
import zstandard

from headwater.digest import digest_bytes, digest_of
from headwater.image.model import Entry, Root
from headwater.image.rpmdb import BY
from headwater.store import Blob, Result, Store

LEVEL = (
    18  # of zstd: a layer is compressed once, and fetched for years; 15 takes less than half the time and gives a tenth more
)
SMALL = 1 << 20  # bytes of content up to which zstd is told how much comes: it makes large tables for what may be large
MOST = 40  # layers of packages; overlayfs of older kernels takes 128 in all, and each costs a request
DIRECTORIES, MADE, OTHERS = "directories", "made for this image", "other packages"
DATABASE = "rpm database"


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One layer: `blob` is its compressed tar, `diff_id` the SHA-256 of the tar itself (image-spec 1.1, layer.md)."""

    origin: str
    blob: Blob
    diff_id: str


def layers_of(root: Root, origins: Mapping[str, str], store: Store) -> tuple[Layer, ...]:
    """The layers of a root, bottom first. `origins` says of each package, by name, which source it was built from."""
    parts = divide(root, origins)
    keys = [_key(part) for _, part in parts]
    made = {key: store.get("layer", key) for key in keys}
    missing = {key: part for key, (_, part) in zip(keys, parts, strict=True) if made[key] is None}
    made |= _write_all(missing, store)
    return tuple(_layer(origin, made[key]) for key, (origin, _) in zip(keys, parts, strict=True))


def divide(root: Root, origins: Mapping[str, str]) -> tuple[tuple[str, Root], ...]:
    """Each origin's part of a root. Directories come first, so that no layer has to repeat those of another.

    Origins beyond `MOST` share a layer, the smallest first: their updates cost little anyway.
    """
    groups: dict[str, list[Entry]] = {}
    for entry in root.entries:
        made = DATABASE if entry.package == BY else MADE
        origin = DIRECTORIES if entry.is_directory else origins.get(entry.package, made)
        groups.setdefault(origin, []).append(entry)
    first, database, last = (groups.pop(name, []) for name in (DIRECTORIES, DATABASE, MADE))
    by_size = sorted(groups, key=lambda origin: (-sum(entry.size for entry in groups[origin]), origin))
    few = sorted(entry.path for origin in by_size[MOST:] for entry in groups.pop(origin))
    by_path = {entry.path: entry for entry in root.entries}
    parts = [(DIRECTORIES, first), *sorted(groups.items()), (OTHERS, [by_path[path] for path in few])]
    parts += [(DATABASE, database), (MADE, last)]
    return tuple((origin, msgspec.structs.replace(root, entries=tuple(entries))) for origin, entries in parts if entries)


def _layer(origin: str, result: Result | None) -> Layer:
    assert result, "missing layers were written"
    return Layer(origin=origin, blob=result.outputs["tar.zst"], diff_id=result.facts["diff_id"])


def _write_all(parts: Mapping[str, Root], store: Store) -> dict[str, Result]:
    """Layers by their keys, side by side: zstd lets go of the interpreter."""
    if len(parts) < 2:
        return {key: _write(key, part, store) for key, part in parts.items()}
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 it loads a logger, and most layers are there

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(zip(parts, pool.map(lambda key: _write(key, parts[key], store), parts), strict=True))


def _key(part: Root) -> str:
    """All that the bytes of a layer follow from; times of things that no package brought are in the entries."""
    users = {entry.user: part.ids.users[entry.user] for entry in part.entries}
    groups = {entry.group: part.ids.groups[entry.group] for entry in part.entries}
    how = [LEVEL, zstandard.ZSTD_VERSION, *([SMALL] if _is_small(part) else [])]
    return digest_of([part.entries, users, groups, *how])


def _is_small(part: Root) -> bool:
    return sum(entry.size for entry in part.entries) <= SMALL


def _write(key: str, part: Root, store: Store) -> Result:
    from headwater.image.tar import write_tar  # noqa: PLC0415 most layers are there

    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    if _is_small(part):
        whole = io.BytesIO()
        write_tar(part, store, whole)
        packed = compressor.compress(whole.getbuffer())
        return store.put("layer", key, {"tar.zst": packed}, facts={"diff_id": digest_bytes(whole.getbuffer())})
    with store.scratch("layer") as work:
        place = work / "tar.zst"
        with place.open("wb") as file, compressor.stream_writer(file) as stream:
            hashed = _Hashed(stream)
            write_tar(part, store, hashed)
        outputs = {"tar.zst": store.add_file(place, move=True)}
        return store.put("layer", key, outputs, facts={"diff_id": hashed.hasher.hexdigest()})


class _Hashed:
    """A file that also digests what is written to it."""

    def __init__(self, file: zstandard.ZstdCompressionWriter) -> None:
        self.hasher = hashlib.sha256()
        self._file = file

    def write(self, data: bytes) -> int:
        self.hasher.update(data)
        return self._file.write(data)
