"""What verbs ask of a project's words: which components are meant, where a value came from, how it all looks, what may be said.

The face of the stage has what reads a project alone: that is done each time that `hw` starts.
"""

from headwater.config.append import add_components
from headwater.config.channels import Channels
from headwater.config.choose import Wanted, choose
from headwater.config.customized import Customization, Written, written_of
from headwater.config.schema import overlay_file_schema, schema
from headwater.config.trace import trace
from headwater.config.view import Style, view, view_file

__all__ = [
    "Channels",
    "Customization",
    "Style",
    "Wanted",
    "Written",
    "add_components",
    "choose",
    "overlay_file_schema",
    "schema",
    "trace",
    "view",
    "view_file",
    "written_of",
]
