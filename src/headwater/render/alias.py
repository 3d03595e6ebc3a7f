"""A second name for a rendered folder with a `+` in its own: build systems that read an address undecoded look for `%2B`.

azldev puts the same link there (azurelinux builds by it).
"""

from __future__ import annotations

import os
from pathlib import Path

PLUS = "%2B"


def alias_of(name: str) -> str:
    """The second name; empty for one that needs none."""
    return name.replace("+", PLUS) if "+" in name else ""


def original_of(name: str) -> str:
    return name.replace(PLUS, "+")


def is_alias(path: Path) -> bool:
    """Whether a link is a second name of the folder beside it, there or not."""
    return PLUS in path.name and str(path.readlink()) == original_of(path.name)


def link(place: Path) -> None:
    """Have the link beside a folder that is there. What is no link is somebody's folder, and stays."""
    path = place.with_name(alias_of(place.name))
    if not place.is_dir() or (os.path.lexists(path) and not path.is_symlink()):
        return
    if path.is_symlink() and str(path.readlink()) == place.name:
        return
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        beside.symlink_to(place.name)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
