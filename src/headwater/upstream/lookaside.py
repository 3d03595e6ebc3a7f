"""Source archives: from the store, else from the first origin that has them; accepted by their SHA-512 and by nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from headwater.config.model import OverlayOrigin, Source, SourceFile
from headwater.digest import digest_file
from headwater.errors import Failure, Kind, fail
from headwater.progress import step
from headwater.store import Store
from headwater.upstream.download import Refused, download
from headwater.upstream.model import Archive
from headwater.upstream.origins import label, locate


def fetch_source(source: SourceFile, store: Store, *, offline: bool = False) -> Archive:
    """The archive that `source` pins. Without its content in the store the origins are asked in order, `origin` first.

    Raises Failure(SOURCE) that lists what every origin said; Failure(CONFIG) where there is no SHA-512 to accept it by.
    """
    sha512 = checked_hash(source)
    found = _kept(sha512, store)
    if found:
        return found
    if offline:
        raise fail(
            Kind.SOURCE,
            f"`{source.filename}` is not in the store",
            where=source.where,
            why="--offline forbids to fetch it",
            hint="run the same command without --offline",
        )
    with store.lock(f"source-{sha512[:32]}"):  # a second process waits here, and then finds it
        return _kept(sha512, store) or _fetch(source, sha512, store)


def checked_hash(source: SourceFile) -> str:
    """The SHA-512 (128 lower-case digits) that a source file must have."""
    if source.hash_type.upper() == "SHA512" and re.fullmatch(r"[0-9a-fA-F]{128}", source.hash):
        return source.hash.lower()
    raise fail(
        Kind.CONFIG,
        f"`{source.filename}` has no SHA-512",
        where=source.where,
        why=f"found hash-type `{source.hash_type}` and a hash of {len(source.hash)} digits; files are accepted by SHA-512 only",
        hint=f"sha512sum {source.filename}",
    )


def _kept(sha512: str, store: Store) -> Archive | None:
    result = store.get("source", sha512)
    if not result:
        return None
    blob = result.outputs["file"]
    return Archive(digest=blob.digest, sha512=sha512, size=blob.size, origin=str(result.facts))


def _fetch(source: SourceFile, sha512: str, store: Store) -> Archive:
    partial = store.root / "partial" / sha512
    partial.parent.mkdir(parents=True, exist_ok=True)
    said = []
    with step("fetch", source.filename, reason="not in the store"):
        for origin in origins(source):
            try:
                with store.writing():
                    _try(origin, source.filename, partial, sha512)
            except Refused as refusal:
                said.append(f"{label(origin)}: {refusal}")
                continue
            store.put("source", sha512, {"file": store.add_file(partial, move=True)}, facts=label(origin))
            kept = _kept(sha512, store)
            assert kept, "what was just put into the store is there"
            return kept
    raise _nowhere(source, said)


def origins(source: SourceFile) -> tuple[Source, ...]:
    """All origins in the order in which they are asked."""
    return ((source.origin,) if source.origin else ()) + source.origins


def _try(origin: Source, filename: str, partial: Path, sha512: str) -> None:
    """Have the file whole and right in `partial`, or raise Refused.

    What another origin or an earlier run left there may be the beginning of something else: then it is thrown away once.
    """
    place = locate(origin, filename)
    resumed = partial.exists()
    for _ in range(2 if resumed else 1):
        download(place.url, partial, certificates=place.certificates)
        found = digest_file(partial, "sha512")
        if found == sha512:
            return
        partial.unlink()
    raise Refused(f"wrong content: expected SHA-512 {sha512[:16]}..., found {found[:16]}...")


def _nowhere(source: SourceFile, said: list[str]) -> Failure:
    made = any(isinstance(origin, OverlayOrigin) for origin in origins(source))
    return fail(
        Kind.SOURCE,
        f"`{source.filename}` could not be fetched",
        where=source.where,
        why="\n".join(said) or "it has no origin",
        hint="an `overlay` origin needs the upstream file's own origins beside it"
        if made
        else 'add an origin to `origins`, such as { type = "debian-pool", path = "..." }',
    )
