"""Fetches one address into a file, going on where an earlier attempt was cut; a host that cannot be reached is asked once."""

from __future__ import annotations

import ssl
import time
from functools import cache
from pathlib import Path

import httpx

from headwater.upstream import hosts
from headwater.upstream.hosts import CONNECT, Refused

__all__ = ["Refused", "download", "get"]

PATIENCE = 60.0  # seconds without a byte
SLOWEST = 1024  # bytes a second, over PATIENCE: a server that drips is one that hangs
PAUSE = 2.0  # seconds after the first failure; then twice that
MOST = 8 << 30  # bytes of one source
AGAIN = {429, 500, 502, 503, 504}  # answers that may be others a moment later


class _Stumbled(Exception):
    """An attempt that failed and may be made again."""


def download(url: str, beside: Path, *, most: int = MOST, certificates: str = "") -> None:
    """Fetch `url` into `beside`, whole but unchecked. What is already there is taken for its beginning.

    `most` is in bytes; `certificates` names a file with the authorities to trust instead of the machine's. Raises Refused.
    """
    host, said, hangs, begun = _host(url), "", False, time.monotonic()
    for attempt in range(1, hosts.attempts() + 1):
        hosts.check(host)
        try:
            _attempt(_client(certificates), url, beside, most)
            return
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            # a redirect may have led elsewhere
            raise hosts.give_up(hosts.host_of(str(error.request.url)), str(error) or type(error).__name__) from None
        except (httpx.TooManyRedirects, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Refused(f"{type(error).__name__}: {error}") from None
        except (httpx.TransportError, _Stumbled) as error:
            said, hangs = f"{type(error).__name__.strip('_')}: {error}", isinstance(error, httpx.ReadTimeout)
        if attempt < hosts.attempts():
            hosts.wait(attempt, PAUSE)
    raise hosts.give_up(host, said, since=begun) if hangs else Refused(said)


def get(url: str, *, accept: str, most: int, certificates: str = "") -> tuple[bytes, str]:
    """A small document and its address after redirects. Raises Refused."""
    try:
        with _client(certificates).stream("GET", url, headers={"Accept": accept}) as answer:
            _check_status(answer)
            content = b""
            for chunk in answer.iter_bytes():
                content += chunk
                _check_size(len(content), most)
            return content, str(answer.url)
    except (httpx.HTTPError, _Stumbled) as error:
        raise Refused(f"{type(error).__name__.strip('_')}: {error}") from None


def _host(url: str) -> str:
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Refused(f"`{url}` is no address ({error})") from None
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise Refused(f"`{url}` is no http or https address")
    return hosts.host_of(url)


@cache
def _client(certificates: str) -> httpx.Client:
    """One client for all threads: connections are kept, and reading the authorities takes longer than most files."""
    trust = ssl.create_default_context(cafile=certificates or None)
    return httpx.Client(follow_redirects=True, verify=trust, timeout=httpx.Timeout(PATIENCE, connect=CONNECT))


def _attempt(client: httpx.Client, url: str, beside: Path, most: int) -> None:
    have = beside.stat().st_size if beside.exists() else 0
    # identity: the digest is that of the file, not of what a server makes of it on the way
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    with client.stream("GET", url, headers=headers) as answer:
        hosts.heard(hosts.host_of(url))
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            return  # it is all there, or it is wrong: its digest will tell
        _check_status(answer)
        goes_on = _goes_on(answer, have)
        start = have if goes_on else 0
        announced = answer.headers.get("Content-Length", "")
        _check_size(start + (int(announced) if announced.isdecimal() else 0), most)
        with beside.open("ab" if goes_on else "wb") as file:
            pace = _Pace()
            for chunk in answer.iter_raw():
                _check_size(file.tell() + len(chunk), most)
                file.write(chunk)
                pace.check(len(chunk), answer.request)


class _Pace:
    """Ends a transfer that goes on and gets nowhere."""

    def __init__(self) -> None:
        self._since, self._bytes = time.monotonic(), 0

    def check(self, size: int, request: httpx.Request) -> None:
        self._bytes += size
        now = time.monotonic()
        if now - self._since > PATIENCE:
            if self._bytes < SLOWEST * (now - self._since):
                raise httpx.ReadTimeout(f"{self._bytes} bytes in {now - self._since:.0f} s", request=request)
            self._since, self._bytes = now, 0


def _goes_on(answer: httpx.Response, have: int) -> bool:
    """Whether the answer begins where our file ends; a server may also send everything again."""
    if answer.status_code != httpx.codes.PARTIAL_CONTENT:
        return False
    if not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        raise Refused("the server went on at another place than asked for")
    return True


def _check_status(answer: httpx.Response) -> None:
    if answer.status_code in AGAIN:
        raise _Stumbled(f"{answer.status_code} {answer.reason_phrase}")
    if not answer.is_success:
        raise Refused(f"{answer.status_code} {answer.reason_phrase}")


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise Refused(f"larger than {most:,} bytes")
