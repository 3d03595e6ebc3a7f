"""SourceTree + overlays -> SourceTree, Changes."""

from headwater.overlay.apply import apply
from headwater.overlay.change import Change, Hunk, blame, hunks
from headwater.overlay.compare import OWN, Difference, Side, compare
from headwater.overlay.compat.apply import apply_compat
from headwater.overlay.compat.steps import merge_macros

__all__ = [
    "OWN",
    "Change",
    "Difference",
    "Hunk",
    "Side",
    "apply",
    "apply_compat",
    "blame",
    "compare",
    "hunks",
    "merge_macros",
]
