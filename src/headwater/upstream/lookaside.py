"""Source archives: from the store, else from the first place that has them; accepted by their digest and by nothing else.

A lookaside and its mirrors come first, then a file's own origins. SHA-512 and SHA-256 count. MD5 counts only where it stands in
upstream's own `sources`; the SHA-512 of what it let in goes into the lock, and from then on that one counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from headwater.config.model import Custom, Distro, OverlayOrigin, Source, SourceFile
from headwater.digest import digest_file, digest_of
from headwater.errors import Failure, Kind, fail
from headwater.origin import Origin
from headwater.progress import step
from headwater.store import Store
from headwater.upstream.address import fill
from headwater.upstream.hosts import Refused
from headwater.upstream.model import Archive
from headwater.upstream.origins import Place, label, locate
from headwater.upstream.sourceslist import DIGITS, Line


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A file and the digest to accept it by; `lookaside` are addresses, asked before the origins.

    `hash_type` is a key of DIGITS, `hash` lower case. `package` keeps files apart that only an MD5 tells from others.
    """

    filename: str
    hash_type: str
    hash: str
    lookaside: tuple[str, ...] = ()
    origins: tuple[Source, ...] = ()
    package: str = ""
    where: Origin | None = None


def fetch_source(source: SourceFile, store: Store, *, offline: bool = False) -> Archive:
    """The archive that `source` pins. Without its content in the store the origins are asked in order, `origin` first.

    Raises Failure(SOURCE) that lists what every origin said; Failure(CONFIG) where there is no digest to accept it by.
    """
    return fetch(want_file(source), store, offline=offline)


def want_file(source: SourceFile, distro: Distro | None = None, package: str = "") -> Wanted:
    """A source file of the project: from the distribution's lookaside, then from its own origins unless those are disabled."""
    hash_type, digest = checked_hash(source)
    return Wanted(
        filename=source.filename,
        hash_type=hash_type,
        hash=digest,
        lookaside=addresses(distro, package, source.filename, hash_type, source.hash) if distro else (),
        origins=() if distro and distro.disable_origins else origins(source),
        where=source.where,
    )


def want_line(line: Line, distro: Distro, package: str, repin: str = "", where: Origin | None = None) -> Wanted:
    """An archive of upstream's own `sources`; `repin` is the SHA-512 that the lock has for a legacy line."""
    hash_type, digest = ("SHA512", repin) if repin else (line.hash_type, line.hash)
    urls = addresses(distro, package, line.filename, line.hash_type, line.hash)
    return Wanted(filename=line.filename, hash_type=hash_type, hash=digest, lookaside=urls, package=package, where=where)


def addresses(distro: Distro, package: str, filename: str, hash_type: str, digest: str) -> tuple[str, ...]:
    """Where a file lies: at `lookaside-base-uri`, then at each of `lookaside-mirrors`. Raises Failure(SOURCE)."""
    found = []
    for template in filter(None, (distro.lookaside_base_uri, *distro.lookaside_mirrors)):
        try:
            found.append(fill(template, pkg=package, filename=filename, hashtype=hash_type.lower(), hash=digest))
        except Refused as refusal:
            raise fail(Kind.SOURCE, f"`{filename}` has no place in a lookaside", why=str(refusal)) from None
    return tuple(found)


def checked_hash(source: SourceFile) -> tuple[str, str]:
    """SHA512 or SHA256, and the digest in lower case. Raises Failure(CONFIG)."""
    hash_type = source.hash_type.upper()
    if hash_type in {"SHA512", "SHA256"} and re.fullmatch(f"[0-9a-fA-F]{{{DIGITS[hash_type]}}}", source.hash):
        return hash_type, source.hash.lower()
    raise fail(
        Kind.CONFIG,
        f"`{source.filename}` has no digest that counts",
        where=source.where,
        why=f"found hash-type `{source.hash_type}` and a hash of {len(source.hash)} digits; SHA512 has 128, SHA256 has 64",
        hint=f"sha512sum {source.filename}",
    )


def fetch(wanted: Wanted, store: Store, *, offline: bool = False) -> Archive:
    """The archive, from the store or from the first place that gives it. Raises Failure(SOURCE)."""
    found = _kept(wanted, store)
    if found:
        return found
    if offline:
        raise fail(
            Kind.SOURCE,
            f"`{wanted.filename}` is not in the store",
            where=wanted.where,
            why="--offline forbids to fetch it",
            hint="run the same command without --offline",
        )
    with store.lock(f"source-{_key(wanted)[:32]}"):  # a second process waits here, and then finds it
        return _kept(wanted, store) or _fetch(wanted, store)


def keep(path: Path, store: Store, origin: str) -> Archive:
    """Take a file in, to be found by its SHA-512; the file is used up."""
    sha512 = digest_file(path, "sha512")
    blob = store.put("source", sha512, {"file": store.add_file(path, move=True)}, facts=origin).outputs["file"]
    return Archive(digest=blob.digest, sha512=sha512, size=blob.size, origin=origin)


def kept(sha512: str, store: Store) -> Archive | None:
    """The archive of the store with that SHA-512."""
    result = store.get("source", sha512)
    if not result:
        return None
    blob = result.outputs["file"]
    return Archive(digest=blob.digest, sha512=sha512, size=blob.size, origin=str(result.facts))


def origins(source: SourceFile) -> tuple[Source, ...]:
    """All origins in the order in which they are asked."""
    return ((source.origin,) if source.origin else ()) + source.origins


def _key(wanted: Wanted) -> str:
    """A name in the store. An MD5 can be made to fit two files, so it stands for one only in its package and under its name."""
    if wanted.hash_type == "MD5":
        return digest_of([wanted.package, wanted.filename, wanted.hash])
    return wanted.hash


def _kept(wanted: Wanted, store: Store) -> Archive | None:
    if wanted.hash_type == "SHA512":
        return kept(wanted.hash, store)
    known = store.get(f"source-by-{wanted.hash_type.lower()}", _key(wanted))
    return kept(str(known.facts), store) if known else None


def _fetch(wanted: Wanted, store: Store) -> Archive:
    partial = store.root / "partial" / _key(wanted)
    partial.parent.mkdir(parents=True, exist_ok=True)
    said = []
    with step("fetch", wanted.filename, reason="not in the store"):
        for name, origin in _places(wanted):
            try:
                with store.writing():
                    _try(origin, wanted, partial)
            except Refused as refusal:
                said.append(f"{name}: {refusal}")
                continue
            archive = keep(partial, store, name)
            if wanted.hash_type != "SHA512":
                store.put(f"source-by-{wanted.hash_type.lower()}", _key(wanted), {}, facts=archive.sha512)
            return archive
    raise _nowhere(wanted, said)


def _places(wanted: Wanted) -> Iterator[tuple[str, Source | str]]:
    yield from ((url, url) for url in wanted.lookaside)
    yield from ((label(origin), origin) for origin in wanted.origins)


def _try(origin: Source | str, wanted: Wanted, partial: Path) -> None:
    """Have the file whole and right in `partial`, or raise Refused.

    What another origin or an earlier run left there may be the beginning of something else: then it is thrown away once.
    """
    from headwater.upstream.download import download  # noqa: PLC0415 its HTTP client takes longer to load than many a verb

    place = Place(url=origin) if isinstance(origin, str) else locate(origin, wanted.filename)
    found = ""
    for _ in range(2 if partial.exists() else 1):
        download(place.url, partial, certificates=place.certificates)
        found = digest_file(partial, wanted.hash_type.lower())
        if found == wanted.hash:
            return
        partial.unlink()
    raise Refused(f"wrong content: expected {wanted.hash_type} {wanted.hash[:16]}..., found {found[:16]}...")


def _nowhere(wanted: Wanted, said: Sequence[str]) -> Failure:
    hint = 'add an origin to `origins`, such as { type = "debian-pool", path = "..." }'
    if any(isinstance(origin, OverlayOrigin) for origin in wanted.origins):
        hint = "an `overlay` origin needs the upstream file's own origins beside it"
    elif any(isinstance(origin, Custom) for origin in wanted.origins):
        hint = "a `custom` origin is made, not fetched: `upstream.take` does that"
    return fail(
        Kind.SOURCE,
        f"`{wanted.filename}` could not be fetched",
        where=wanted.where,
        why="\n".join(said) or "it has no origin, and its distribution has no lookaside",
        hint=hint,
    )
