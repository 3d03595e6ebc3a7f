"""TOML to Project: `load` reads, merges, types and checks all files; `find_project` finds where they begin."""

from headwater.config.append import add_components
from headwater.config.channels import Channels
from headwater.config.choose import Wanted, choose
from headwater.config.customized import Customization, Written, written_of
from headwater.config.globs import named
from headwater.config.inputs import RENDERED_LOCK, Inputs, ground_of, inputs_of, stays_inside, unmoved
from headwater.config.layers import TOOLBOX
from headwater.config.load import NAMES, Given, Reading, find_project, load, read_project
from headwater.config.locate import locate
from headwater.config.model import Component, Project
from headwater.config.schema import overlay_file_schema, schema
from headwater.config.servers import CacheRule
from headwater.config.trace import trace
from headwater.config.view import Style, view, view_file

__all__ = [
    "NAMES",
    "RENDERED_LOCK",
    "TOOLBOX",
    "CacheRule",
    "Channels",
    "Component",
    "Customization",
    "Given",
    "Inputs",
    "Project",
    "Reading",
    "Style",
    "Wanted",
    "Written",
    "add_components",
    "choose",
    "find_project",
    "ground_of",
    "inputs_of",
    "load",
    "locate",
    "named",
    "overlay_file_schema",
    "read_project",
    "schema",
    "stays_inside",
    "trace",
    "unmoved",
    "view",
    "view_file",
    "written_of",
]
