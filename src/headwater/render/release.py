"""The release number: for now what the spec and its overlays say; counting from history is not carried out yet."""

from __future__ import annotations

import re

from headwater.config.model import Component
from headwater.errors import Kind, fail

_AUTORELEASE = re.compile(r"^release[ \t]*:.*%\{?\??autorelease\b", re.IGNORECASE | re.MULTILINE)


def check_release(component: Component, text: str) -> None:
    """Raises Failure(CONFIG) where the release would have to be counted from history."""
    if component.release.calculation != "autorelease" and not _AUTORELEASE.search(text):
        return
    raise fail(
        Kind.CONFIG,
        f"`{component.name}` wants its release counted from history",
        where=component.release.where or component.where,
        why="release.calculation `autorelease` and %autorelease are read but not carried out yet",
        hint="set Release by an overlay, or release.calculation to `manual`",
    )
