"""What each package adds to bills of materials, kept by what it is and which of its files an image holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from headwater.digest import digest_of
from headwater.image.model import Entry
from headwater.sbom import cyclonedx, described, spdx
from headwater.sbom.files import held_files
from headwater.sbom.model import Described, Facts, Headers, Held, Part
from headwater.store import Store

KIND = "sbom-part"
VERSION = (2, described.VERSION)  # of what is written


def parts(
    packages: Sequence[Held], files: Mapping[str, Sequence[Entry]], facts: Facts, headers: Headers, store: Store
) -> dict[str, Part]:
    """The parts of packages by `Rpm.digest`; `files` are the regular files of each, by its name."""
    keys = {held.rpm.digest: _key(held, files[held.rpm.name], facts) for held in packages}
    found = {digest: store.use(KIND, key) for digest, key in keys.items()}
    missing = [held for held in packages if found[held.rpm.digest] is None]
    words = described.described(missing, facts, headers, store) if missing else {}
    for held in missing:
        part = _part(held, words[held.rpm.digest], files[held.rpm.name], store)
        found[held.rpm.digest] = store.put(KIND, keys[held.rpm.digest], {"part": msgspec.json.encode(part)})
    blobs = {digest: known.outputs["part"].digest for digest, known in found.items() if known}
    return {digest: msgspec.json.decode(store.read(blob), type=Part) for digest, blob in blobs.items()}


def _key(held: Held, files: Sequence[Entry], facts: Facts) -> str:
    return digest_of([VERSION, described.told(held, facts), [(entry.path, entry.digest) for entry in files]])


def _part(held: Held, words: Described, entries: Sequence[Entry], store: Store) -> Part:
    files = held_files(entries, store)
    package, listed, relationships = spdx.part(held.rpm, words.spdx, files)
    return Part(
        package=package,
        files=listed,
        relationships=relationships,
        component=cyclonedx.part(words.cyclonedx, files),
        licence=words.licence,
        references=words.references,
    )
