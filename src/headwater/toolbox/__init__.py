"""A root filesystem that holds the field's own tools, and the sandbox to run them in."""

from headwater.toolbox.model import Toolbox
from headwater.toolbox.root import open_toolbox, update_lock

__all__ = ["Toolbox", "open_toolbox", "update_lock"]
