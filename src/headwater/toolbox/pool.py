"""Brings .deb files from the mirror's pool into the store: in parallel, resumed after a cut, accepted by SHA-256 only."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from headwater.digest import digest_file
from headwater.errors import Failure, Kind, Problem, fail
from headwater.progress import Step, step
from headwater.store import Store
from headwater.toolbox.apt import mirror
from headwater.toolbox.model import Deb

if TYPE_CHECKING:
    import httpx

AT_ONCE = 8  # downloads
ATTEMPTS = 4
PATIENCE = 60.0  # seconds without a byte
MOST = 2 << 30  # bytes; no package of Debian comes near
PARTIAL, GONE, BROKEN = 206, frozenset({403, 404, 410}), 500  # status codes; the last, and what is above, may pass


def fetch(debs: Sequence[Deb], store: Store, *, offline: bool = False) -> None:
    """Have every package in the store; the network is touched only for what is missing. What the mirror lacks is a Failure."""
    gone = fetch_what_is_there(debs, store, offline=offline)
    if gone:
        raise Failure(_is_gone(deb) for deb in gone)


def fetch_what_is_there(debs: Sequence[Deb], store: Store, *, offline: bool = False) -> tuple[Deb, ...]:
    """As `fetch`, but gives back the packages that the mirror no longer has."""
    if not _missing(debs, store):
        return ()
    with store.lock("pool"):  # a second process waits here, and then finds them
        missing = _missing(debs, store)
        if missing and offline:
            raise fail(
                Kind.SOURCE,
                f"{len(missing)} Debian packages are not in the store",
                why=f"`{missing[0].filename}` is the first of them, and --offline forbids to fetch it",
                hint="run the same command without --offline",
            )
        return _fetch_all(missing, store) if missing else ()


def _missing(debs: Sequence[Deb], store: Store) -> list[Deb]:
    return [deb for deb in {deb.sha256: deb for deb in debs}.values() if not store.has(deb.sha256)]


def _fetch_all(debs: Sequence[Deb], store: Store) -> tuple[Deb, ...]:
    import ssl  # noqa: PLC0415 most verbs fetch nothing, and these take long to load
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 as above

    import httpx  # noqa: PLC0415 as above

    address, partial = mirror(), store.root / "partial"
    partial.mkdir(parents=True, exist_ok=True)
    megabytes = sum(deb.size for deb in debs) / 1e6
    with (
        step("fetch", f"{len(debs)} Debian packages", reason=f"{megabytes:.0f} MB are not in the store") as work,
        httpx.Client(follow_redirects=True, timeout=PATIENCE, verify=ssl.create_default_context()) as client,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        count = _Count(work, len(debs))

        def fetch_one(deb: Deb) -> bool:
            there = _fetch_one(client, address, deb, partial / deb.sha256)
            if there:
                _accept(deb, partial / deb.sha256, store)
            count.one(deb.name)
            return there

        jobs = [pool.submit(fetch_one, deb) for deb in debs]
        try:
            found = [job.result() for job in jobs]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(deb for deb, there in zip(debs, found, strict=True) if not there)


class _Count:
    """Tells how many are done, from any thread."""

    def __init__(self, work: Step, total: int) -> None:
        self._work, self._total, self._done, self._lock = work, total, 0, threading.Lock()

    def one(self, name: str) -> None:
        with self._lock:
            self._done += 1
            self._work.note(name, current=self._done, total=self._total)


def _fetch_one(client: httpx.Client, address: str, deb: Deb, beside: Path) -> bool:
    """Whether the mirror has the file; if so it is whole in `beside`, unchecked."""
    import httpx  # noqa: PLC0415 as above

    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _download(client, address + quote(deb.path), deb, beside)
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            if attempt == ATTEMPTS or _hopeless(error):
                raise _unreachable(deb, error) from None
            time.sleep(2**attempt / 4)
    raise AssertionError("the last attempt returns or raises")


def _download(client: httpx.Client, url: str, deb: Deb, beside: Path) -> bool:
    """Fetch into `beside`, going on where an earlier attempt was cut; False if the mirror does not have it."""
    if not 0 < deb.size <= MOST:
        raise fail(Kind.SOURCE, f"`{deb.filename}` can not be {deb.size} bytes long")
    have = beside.stat().st_size if beside.exists() else 0
    if have == deb.size:
        return True
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if 0 < have < deb.size else {})}
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code in GONE:
            return False
        answer.raise_for_status()
        with beside.open("ab" if answer.status_code == PARTIAL else "wb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
                if file.tell() > deb.size:
                    break  # more than was promised: the digest will say no
    return True


def _accept(deb: Deb, beside: Path, store: Store) -> None:
    found = digest_file(beside)
    if found != deb.sha256:
        beside.unlink()
        raise fail(
            Kind.SOURCE,
            f"`{deb.filename}` from the mirror is not what was expected",
            why=f"expected SHA-256 {deb.sha256}, found {found}",
            hint="run the same command again; if it stays, do not trust that mirror",
        )
    store.add_file(beside, move=True)


def _hopeless(error: httpx.HTTPError) -> bool:
    answer = getattr(error, "response", None)
    return answer is not None and answer.status_code < BROKEN


def _unreachable(deb: Deb, error: httpx.HTTPError) -> Failure:
    return fail(
        Kind.SOURCE,
        f"`{deb.filename}` could not be fetched",
        why=f"{type(error).__name__}: {error}",
        hint="what was fetched is kept: run the same command again when the mirror answers",
    )


def _is_gone(deb: Deb) -> Problem:
    return Problem(
        kind=Kind.SOURCE,
        what=f"`{deb.filename}` is no longer on the mirror",
        why=f"`{deb.path}` is locked but was not found",
        hint="hw toolbox update",
    )
