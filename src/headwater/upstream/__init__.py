"""Component -> SourceTree: a spec, its files, its sources; fetched, pinned, checked by digest."""

from headwater.upstream.folder import folder_commit, plain_folder
from headwater.upstream.follow import find_version, follow, resolution_hash, told
from headwater.upstream.git import Clones
from headwater.upstream.hosts import insist
from headwater.upstream.local import names_in, read_local
from headwater.upstream.lock import Lock, read_lock, read_locks, with_ours, write_lock
from headwater.upstream.lock import parse as parse_lock
from headwater.upstream.lookaside import fetch_source
from headwater.upstream.model import Upstream
from headwater.upstream.pack import compressor
from headwater.upstream.resolve import locked, resolve, resolve_all
from headwater.upstream.sourceslist import names_of as names_listed
from headwater.upstream.sourceslist import relist
from headwater.upstream.take import Surroundings, take
from headwater.upstream.unpinned import pin_sources

__all__ = [
    "Clones",
    "Lock",
    "Surroundings",
    "Upstream",
    "compressor",
    "fetch_source",
    "find_version",
    "folder_commit",
    "follow",
    "insist",
    "locked",
    "names_in",
    "names_listed",
    "parse_lock",
    "pin_sources",
    "plain_folder",
    "read_local",
    "read_lock",
    "read_locks",
    "relist",
    "resolution_hash",
    "resolve",
    "resolve_all",
    "take",
    "told",
    "with_ours",
    "write_lock",
]
