"""Source files without a digest, taken from where their origins say and measured, so that the project can pin them.

Nothing here is trusted: what was taken counts for this one run, under the digest that it has now, and the user is told.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from headwater.config.model import Component, Custom, Distro, OverlayOrigin, SourceFile
from headwater.digest import digest_file
from headwater.errors import Failure, Kind, Problem, fail
from headwater.progress import step
from headwater.store import Store
from headwater.upstream.hosts import Refused
from headwater.upstream.lookaside import keep, origins
from headwater.upstream.origins import label, locate


def pin_sources(
    component: Component, distro: Distro | None, store: Store, *, offline: bool = False
) -> tuple[Component, tuple[Problem, ...]]:
    """The component with a digest for each file that has none and is fetched, and each such file told.

    Raises Failure(SOURCE).
    """
    files = [_pin(one, distro, store, offline=offline) if _is_unpinned(one) else one for one in component.source_files]
    new = [file for file, old in zip(files, component.source_files, strict=True) if file is not old]
    return (msgspec.structs.replace(component, source_files=tuple(files)) if new else component), tuple(map(_told, new))


def _told(source: SourceFile) -> Problem:
    hint = f'hash-type = "{source.hash_type}", hash = "{source.hash}"'
    why = "it was taken as its origin gives it now"
    return Problem(kind=Kind.CONFIG, what=f"`{source.filename}` has no hash", where=source.where, why=why, hint=hint)


def _is_unpinned(source: SourceFile) -> bool:
    """What scripts and overlays make is measured once it is made."""
    return not source.hash and not any(isinstance(origin, Custom | OverlayOrigin) for origin in origins(source))


def _pin(source: SourceFile, distro: Distro | None, store: Store, *, offline: bool) -> SourceFile:
    hash_type = source.hash_type.upper() or "SHA512"
    if offline or (distro and distro.disable_origins) or hash_type not in {"SHA512", "SHA256"}:
        why = (
            "--offline forbids to fetch it" if offline else f"`disable-origins` is set, or {hash_type} is no digest that counts"
        )
        raise _failed(source, why)
    with step("fetch", source.filename, reason="it has no hash"), store.scratch("unpinned") as folder:
        file = folder / "file"
        where = _download(source, file, store)
        digest = digest_file(file, hash_type.lower())
        archive = keep(file, store, where)
    if hash_type != "SHA512":
        store.put(f"source-by-{hash_type.lower()}", digest, {}, facts=archive.sha512)
    return msgspec.structs.replace(source, hash_type=hash_type, hash=digest)


def _download(source: SourceFile, file: Path, store: Store) -> str:
    """Have the file from the first origin that gives it; the origin in words."""
    from headwater.upstream.download import download  # noqa: PLC0415 its HTTP client takes longer to load than many a verb

    said = []
    for origin in origins(source):
        try:
            place = locate(origin, source.filename)
            with store.writing():
                download(place.url, file, certificates=place.certificates)
            return label(origin)
        except Refused as refusal:
            said.append(f"{label(origin)}: {refusal}")
            file.unlink(missing_ok=True)
    raise _failed(source, "\n".join(said) or "it has no origin")


def _failed(source: SourceFile, why: str) -> Failure:
    return fail(Kind.SOURCE, f"`{source.filename}` has no hash, and could not be fetched", where=source.where, why=why)
