"""The regular files of an image with the sums that both formats want; SHA-1 is computed once for each content."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from headwater.digest import digest_of
from headwater.image.model import Entry
from headwater.sbom.model import HeldFile
from headwater.store import Store

VERSION = 1  # of how sums are kept


def held_files(entries: Iterable[Entry], store: Store) -> tuple[HeldFile, ...]:
    """Regular files in order of path."""
    by_pack: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_pack[entry.pack].append(entry)
    sums = {pack: _sha1(pack, some, store) for pack, some in by_pack.items()}
    found = (HeldFile(one.path, one.digest, sums[pack][one.digest]) for pack, some in by_pack.items() for one in some)
    return tuple(sorted(found, key=lambda file: file.path))


def _sha1(pack: str, entries: Sequence[Entry], store: Store) -> dict[str, str]:
    """SHA-1 sums by SHA-256, of contents that lie in one blob; computed once."""
    places = sorted({(entry.digest, entry.offset, entry.size) for entry in entries})
    key = digest_of([VERSION, pack, places])
    known = store.use("sha1", key)
    if not known:
        sums = {digest: _sha1_of(pack, offset, size, store) for digest, offset, size in places}
        known = store.put("sha1", key, {}, facts=sums)
    return msgspec.convert(known.facts, dict[str, str])


def _sha1_of(pack: str, offset: int, size: int, store: Store) -> str:
    if not size:
        return hashlib.sha1(usedforsecurity=False).hexdigest()
    with store.path(pack).open("rb") as file:
        file.seek(offset)
        return hashlib.sha1(file.read(size), usedforsecurity=False).hexdigest()
