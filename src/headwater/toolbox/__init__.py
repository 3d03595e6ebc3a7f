"""A root filesystem that holds the field's own tools, and the sandbox to run them in."""

from headwater.toolbox.model import Toolbox
from headwater.toolbox.root import open_toolbox, update_lock
from headwater.toolbox.subordinate import subordinate_ids

__all__ = ["Toolbox", "open_toolbox", "subordinate_ids", "update_lock"]
