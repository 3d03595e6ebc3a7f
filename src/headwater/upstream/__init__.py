"""Component -> SourceTree: a spec, its files, its sources; fetched, pinned, checked by digest."""

from headwater.upstream.follow import find_version, follow, resolution_hash
from headwater.upstream.git import Clones
from headwater.upstream.local import names_in, read_local
from headwater.upstream.lock import Lock, read_lock, read_locks, with_ours, write_lock
from headwater.upstream.lock import parse as parse_lock
from headwater.upstream.lookaside import fetch_source
from headwater.upstream.model import Upstream
from headwater.upstream.pack import compressor
from headwater.upstream.resolve import locked, resolve, resolve_all
from headwater.upstream.take import Surroundings, take

__all__ = [
    "Clones",
    "Lock",
    "Surroundings",
    "Upstream",
    "compressor",
    "fetch_source",
    "find_version",
    "follow",
    "locked",
    "names_in",
    "parse_lock",
    "read_local",
    "read_lock",
    "read_locks",
    "resolution_hash",
    "resolve",
    "resolve_all",
    "take",
    "with_ours",
    "write_lock",
]
