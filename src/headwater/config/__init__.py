"""TOML to Project: `load` reads, merges, types and checks all files; `find_project` finds where they begin."""

from headwater.config.load import Given, Reading, find_project, load, read_project
from headwater.config.model import Component, Project

__all__ = ["Component", "Given", "Project", "Reading", "find_project", "load", "read_project"]
