"""azldev's mark in the folder of a component that cannot be rendered: it shows in a review, and is checked in with the rest."""

from __future__ import annotations

from pathlib import Path

from headwater.render.tree import fill, read
from headwater.upstream.model import LooseFile
from headwater.whole import replacing

NAME = "RENDER_FAILED"
MARK = {NAME: LooseFile(content=b"Rendering failed. See azldev logs for details.\n")}  # the bytes that azldev compares with


def is_marked(place: Path) -> bool:
    """Whether a folder holds the mark and nothing else."""
    return read(place) == MARK


def mark_failed(place: Path, *, alone: bool) -> None:
    """Have the mark in a folder; `alone`: in the place of all that was there."""
    if is_marked(place):
        return
    with replacing(place) as new:
        fill(new, MARK if alone else {**read(place), **MARK})
