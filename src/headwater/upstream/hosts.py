"""Hosts as this run has found them: one that does not answer is waited for once, and not again by thousands of components."""

from __future__ import annotations

import random
import socket
import threading
import time
from urllib.parse import urlsplit

ATTEMPTS = 3  # how often something is asked of a host, where the user does not say otherwise
PORTS = {"https": 443, "http": 80, "git": 9418}
CONNECT = 5.0  # seconds until a host counts as unreachable: the next origin is waiting

_lock = threading.Lock()
_stopped = threading.Event()  # nobody is asked any more: the run is being ended
_given_up: dict[str, str] = {}  # hosts that did not answer in this process, and what they said instead
_heard: dict[str, float] = {}  # when a host last answered, on the monotonic clock
_reached: set[str] = set()  # hosts that took a connection; what they say on it is another matter
_attempts = ATTEMPTS


class Refused(Exception):
    """An address does not give the thing; the text is for the list of what all origins said."""


def insist(attempts: int) -> None:
    """How often everything in this process is asked, from 1."""
    global _attempts
    _attempts = attempts


def attempts() -> int:
    return _attempts


def host_of(url: str) -> str:
    """Host and port as written, without user and password; empty for what lies on this machine."""
    return urlsplit(url).netloc.rpartition("@")[2]


def check(host: str) -> None:
    """Raises Refused where the host was given up."""
    if _stopped.is_set():
        raise Refused("the run was ended")
    with _lock:
        said = _given_up.get(host)
    if said is not None:
        raise Refused(f"{host} is unreachable ({said})")


def heard(host: str) -> None:
    """The host has answered, whatever it said."""
    with _lock:
        _heard[host] = time.monotonic()


def give_up(host: str, said: str, *, since: float | None = None) -> Refused:
    """The refusal to raise. The host is asked no more, unless it has answered somebody else `since` (monotonic clock)."""
    with _lock:
        if since is None or _heard.get(host, 0.0) < since:
            _given_up[host] = said
    return Refused(f"{host} is unreachable ({said})")


def stop() -> None:
    """Let nobody begin anything new, and end all waiting: the user wants the run to end."""
    _stopped.set()


def wait(attempt: int, unit: float) -> None:
    """Let some time go by after a failed attempt."""
    _stopped.wait(pause(attempt, unit))


def forget() -> None:
    """Know of no host (for tests)."""
    _stopped.clear()
    with _lock:
        _given_up.clear()
        _heard.clear()
        _reached.clear()


def reach(url: str, seconds: float = CONNECT) -> None:
    """Raises Refused unless the host takes a connection in time; asked once, and not at all behind a proxy."""
    parts, host = urlsplit(url), host_of(url)
    check(host)
    if not parts.hostname or host in _reached or _behind_proxy(parts.scheme, parts.hostname):
        return
    try:
        socket.create_connection((parts.hostname, parts.port or PORTS[parts.scheme]), seconds).close()
    except OSError as error:
        raise give_up(host, error.strerror or str(error) or type(error).__name__) from None
    with _lock:
        _reached.add(host)


def pause(attempt: int, unit: float) -> float:
    """Seconds to wait after a failed attempt (1, 2, ...): doubled each time, give or take a quarter, 30 at most."""
    whole = min(30.0, unit * (1 << (attempt - 1)))
    return whole * random.uniform(0.75, 1.25)  # noqa: S311 spreads load, keeps no secret


def _behind_proxy(scheme: str, host: str) -> bool:
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 all of an HTTP client comes with it

    proxies = getproxies()
    return bool((scheme in proxies or "all" in proxies) and not proxy_bypass(host))
