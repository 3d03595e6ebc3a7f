"""Component -> SourceTree: a spec, its files, its sources; fetched, pinned, checked by digest."""

from headwater.upstream.local import names_in
from headwater.upstream.lookaside import fetch_source
from headwater.upstream.take import take

__all__ = ["fetch_source", "names_in", "take"]
