"""TOML to Project: `load` reads, merges, types and checks all files; `find_project` finds where they begin."""

from headwater.config.load import find_project, load

__all__ = ["find_project", "load"]
