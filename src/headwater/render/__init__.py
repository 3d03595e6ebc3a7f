"""SourceTree -> RenderedPackage: the package folder that is built and reviewed."""

from headwater.render.changed import Change, changed
from headwater.render.checked_in import drift, gone, is_reviewed, orphans, place_of, write_all, write_digests
from headwater.render.diff import diff
from headwater.render.explain import explain
from headwater.render.finish import Finisher
from headwater.render.memory import PAUSE, Memory, Task
from headwater.render.provenance import provenance
from headwater.render.refresh import Ledger, Updated, carry_out
from headwater.render.refresh import bump as bump_locks
from headwater.render.refresh import save as save_locks
from headwater.render.render import render
from headwater.render.tree import folder, is_written, write

__all__ = [
    "PAUSE",
    "Change",
    "Finisher",
    "Ledger",
    "Memory",
    "Task",
    "Updated",
    "bump_locks",
    "carry_out",
    "changed",
    "diff",
    "drift",
    "explain",
    "folder",
    "gone",
    "is_reviewed",
    "is_written",
    "orphans",
    "place_of",
    "provenance",
    "render",
    "save_locks",
    "write",
    "write_all",
    "write_digests",
]
