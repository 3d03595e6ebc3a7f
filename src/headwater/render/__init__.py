"""SourceTree -> RenderedPackage: the package folder that is built and reviewed."""

from headwater.render.activity import Activity, activities
from headwater.render.changed import DELETED, UNCHANGED, Change, changed, compare_locks
from headwater.render.checked_in import (
    drift,
    folder_of,
    gone,
    is_reviewed,
    left_over,
    link_aliases,
    orphans,
    place_of,
    remove_orphans,
    write_all,
    write_digests,
)
from headwater.render.checkout import check_out, read_folder
from headwater.render.diff import diff
from headwater.render.explain import explain
from headwater.render.finish import Finisher
from headwater.render.folder_diff import diff_trees
from headwater.render.inputs import Inputs
from headwater.render.marker import is_marked, mark_failed
from headwater.render.memory import PAUSE, Memory, Task
from headwater.render.prepared import (
    Prepared,
    Preparing,
    check_place,
    lay_out,
    prepare_package,
    reaches_archives,
    untouched,
)
from headwater.render.provenance import provenance
from headwater.render.raw import raw_question
from headwater.render.refresh import Ledger, Updated, carry_out
from headwater.render.refresh import bump as bump_locks
from headwater.render.refresh import save as save_locks
from headwater.render.render import render
from headwater.render.revisions import Revisions
from headwater.render.tree import folder, is_written, write
from headwater.render.treediff import FileDiff, compare_trees

__all__ = [
    "DELETED",
    "PAUSE",
    "UNCHANGED",
    "Activity",
    "Change",
    "FileDiff",
    "Finisher",
    "Inputs",
    "Ledger",
    "Memory",
    "Prepared",
    "Preparing",
    "Revisions",
    "Task",
    "Updated",
    "activities",
    "bump_locks",
    "carry_out",
    "changed",
    "check_out",
    "check_place",
    "compare_locks",
    "compare_trees",
    "diff",
    "diff_trees",
    "drift",
    "explain",
    "folder",
    "folder_of",
    "gone",
    "is_marked",
    "is_reviewed",
    "is_written",
    "lay_out",
    "left_over",
    "link_aliases",
    "mark_failed",
    "orphans",
    "place_of",
    "prepare_package",
    "provenance",
    "raw_question",
    "reaches_archives",
    "read_folder",
    "remove_orphans",
    "render",
    "save_locks",
    "untouched",
    "write",
    "write_all",
    "write_digests",
]
