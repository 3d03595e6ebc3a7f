"""Overlays on files inside source archives."""

from __future__ import annotations

from collections.abc import Sequence

from headwater.config.overlays import Overlay
from headwater.overlay.change import Change
from headwater.overlay.nearest import refuse
from headwater.store import Store
from headwater.upstream.model import SourceTree


def apply(tree: SourceTree, overlays: Sequence[Overlay], store: Store) -> tuple[SourceTree, list[Change]]:
    """Each archive unpacked once, changed and packed again."""
    assert store
    if overlays:
        raise refuse(overlays[0], "archives can not be changed yet")
    return tree, []
