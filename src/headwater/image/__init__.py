"""Repository -> Image: composed from packages' pieces, never installed. What else is done with images is in `verbs`."""

from headwater.image.accounted import Scripts
from headwater.image.build import build_image
from headwater.image.findings import findings_of
from headwater.image.lock import read_lock
from headwater.image.note import notes_of
from headwater.image.order import in_order
from headwater.image.pinned import lock_problems
from headwater.image.policy import hold_files
from headwater.image.roots import read_root

__all__ = [
    "Scripts",
    "build_image",
    "findings_of",
    "hold_files",
    "in_order",
    "lock_problems",
    "notes_of",
    "read_lock",
    "read_root",
]
