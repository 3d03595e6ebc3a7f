"""Two folders of one spec -> the overlays that lead from one to the other."""

from headwater.overlay.infer.bring import copy_brought
from headwater.overlay.infer.folder import read_folder
from headwater.overlay.infer.gaps import Gap
from headwater.overlay.infer.infer import Inference, infer, infer_trees
from headwater.overlay.infer.patches import named
from headwater.overlay.infer.state import Goal
from headwater.overlay.infer.walk import infer_meaning
from headwater.overlay.infer.write import write_overlay, write_overlays

__all__ = [
    "Gap",
    "Goal",
    "Inference",
    "copy_brought",
    "infer",
    "infer_meaning",
    "infer_trees",
    "named",
    "read_folder",
    "write_overlay",
    "write_overlays",
]
