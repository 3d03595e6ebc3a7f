"""TOML to Project: `load` reads, merges, types and checks all files. What else is asked of what they say is in `verbs`."""

from headwater.config.globs import named
from headwater.config.inputs import RENDERED_LOCK, Inputs, ground_of, inputs_of, stays_inside, unmoved
from headwater.config.layers import TOOLBOX
from headwater.config.load import NAMES, Given, Reading, find_project, load, read_project
from headwater.config.locate import locate
from headwater.config.model import Component, Project
from headwater.config.servers import CacheRule

__all__ = [
    "NAMES",
    "RENDERED_LOCK",
    "TOOLBOX",
    "CacheRule",
    "Component",
    "Given",
    "Inputs",
    "Project",
    "Reading",
    "find_project",
    "ground_of",
    "inputs_of",
    "load",
    "locate",
    "named",
    "read_project",
    "stays_inside",
    "unmoved",
]
