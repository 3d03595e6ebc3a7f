"""Debian packages for whoever needs them: ask apt, lock, fetch into the store."""

from headwater.toolbox.apt import ARCHITECTURE, mirror, resolve
from headwater.toolbox.lock import compare, fits, format_lock, make_lock, parse_lock, read_lock, write_lock
from headwater.toolbox.model import Deb, Lock
from headwater.toolbox.pool import fetch, fetch_what_is_there

__all__ = [
    "ARCHITECTURE",
    "Deb",
    "Lock",
    "compare",
    "fetch",
    "fetch_what_is_there",
    "fits",
    "format_lock",
    "make_lock",
    "mirror",
    "parse_lock",
    "read_lock",
    "resolve",
    "write_lock",
]
