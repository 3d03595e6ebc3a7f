"""SourceTree + overlays -> SourceTree, Changes."""

from headwater.overlay.apply import apply
from headwater.overlay.change import Change, Hunk, blame, hunks

__all__ = ["Change", "Hunk", "apply", "blame", "hunks"]
