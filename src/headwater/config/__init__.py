"""TOML to Project: `load` reads, merges, types and checks all files; `find_project` finds where they begin."""

from headwater.config.load import find_project, load
from headwater.config.model import Component, Project

__all__ = ["Component", "Project", "find_project", "load"]
