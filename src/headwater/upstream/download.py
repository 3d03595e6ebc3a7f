"""Fetches one address into a file, going on where an earlier attempt was cut; a host that cannot be reached is asked once."""

from __future__ import annotations

import ssl
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

CONNECT = 5.0  # seconds until a host counts as unreachable: the next origin is waiting
PATIENCE = 60.0  # seconds without a byte
ATTEMPTS = 3
MOST = 2 << 30  # bytes of one source

_unreachable: dict[str, str] = {}  # hosts that did not answer in this process, and what they said instead


class Refused(Exception):
    """An address does not give the file; the text is for the list of what all origins said."""


def download(url: str, beside: Path, *, most: int = MOST, certificates: str = "") -> None:
    """Fetch `url` into `beside`, whole but unchecked. What is already there is taken for its beginning.

    `most` is in bytes; `certificates` names a file with the authorities to trust instead of the machine's. Raises Refused.
    """
    host = _host(url)
    if host in _unreachable:
        raise Refused(f"{host} is unreachable ({_unreachable[host]})")
    with _client(certificates) as client:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                _attempt(client, url, beside, most)
                return
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                host = error.request.url.netloc.decode()  # a redirect may have led elsewhere
                _unreachable[host] = str(error) or type(error).__name__
                raise Refused(f"{host} is unreachable ({_unreachable[host]})") from None
            except httpx.TransportError as error:
                if attempt == ATTEMPTS:
                    raise Refused(f"{type(error).__name__}: {error}") from None
                time.sleep(2**attempt / 8)


def get(url: str, *, accept: str, most: int, certificates: str = "") -> tuple[bytes, str]:
    """A small document and its address after redirects. Raises Refused."""
    try:
        with _client(certificates) as client, client.stream("GET", url, headers={"Accept": accept}) as answer:
            _check_status(answer)
            content = b""
            for chunk in answer.iter_bytes():
                content += chunk
                _check_size(len(content), most)
            return content, str(answer.url)
    except httpx.HTTPError as error:
        raise Refused(f"{type(error).__name__}: {error}") from None


def _host(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refused(f"`{url}` is no http or https address")
    return parts.netloc.rpartition("@")[2]


def _client(certificates: str) -> httpx.Client:
    trust = ssl.create_default_context(cafile=certificates or None)
    return httpx.Client(follow_redirects=True, verify=trust, timeout=httpx.Timeout(PATIENCE, connect=CONNECT))


def _attempt(client: httpx.Client, url: str, beside: Path, most: int) -> None:
    have = beside.stat().st_size if beside.exists() else 0
    # identity: the digest is that of the file, not of what a server makes of it on the way
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and have:
            return  # it is all there, or it is wrong: its digest will tell
        _check_status(answer)
        goes_on = _goes_on(answer, have)
        start = have if goes_on else 0
        _check_size(start + int(answer.headers.get("Content-Length", "0") or 0), most)
        with beside.open("ab" if goes_on else "wb") as file:
            for chunk in answer.iter_raw():
                _check_size(file.tell() + len(chunk), most)
                file.write(chunk)


def _goes_on(answer: httpx.Response, have: int) -> bool:
    """Whether the answer begins where our file ends; a server may also send everything again."""
    if answer.status_code != httpx.codes.PARTIAL_CONTENT:
        return False
    if not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        raise Refused("the server went on at another place than asked for")
    return True


def _check_status(answer: httpx.Response) -> None:
    if not answer.is_success:
        raise Refused(f"{answer.status_code} {answer.reason_phrase}")


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise Refused(f"larger than {most:,} bytes")
