"""SourceTree -> RenderedPackage: the package folder that is built and reviewed."""

from headwater.render.changed import Change, changed
from headwater.render.checked_in import drift, place_of, write_all
from headwater.render.diff import diff
from headwater.render.finish import Finisher
from headwater.render.provenance import provenance
from headwater.render.refresh import Ledger, Updated, carry_out
from headwater.render.refresh import bump as bump_locks
from headwater.render.refresh import save as save_locks
from headwater.render.render import render
from headwater.render.tree import folder, write

__all__ = [
    "Change",
    "Finisher",
    "Ledger",
    "Updated",
    "bump_locks",
    "carry_out",
    "changed",
    "diff",
    "drift",
    "folder",
    "place_of",
    "provenance",
    "render",
    "save_locks",
    "write",
    "write_all",
]
