"""TOML to Project: `load` reads, merges, types and checks all files; `find_project` finds where they begin."""

from headwater.config.channels import Channels
from headwater.config.choose import Wanted, choose
from headwater.config.load import Given, Reading, find_project, load, read_project
from headwater.config.model import Component, Project
from headwater.config.schema import overlay_file_schema, schema
from headwater.config.trace import trace
from headwater.config.view import Style, view

__all__ = [
    "Channels",
    "Component",
    "Given",
    "Project",
    "Reading",
    "Style",
    "Wanted",
    "choose",
    "find_project",
    "load",
    "overlay_file_schema",
    "read_project",
    "schema",
    "trace",
    "view",
]
