"""What lint says of one overlay, and the overlays of a component as lint goes through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from headwater.config.overlays import Overlay
from headwater.errors import Problem
from headwater.origin import Origin
from headwater.overlay.change import Change
from headwater.upstream.model import SourceTree


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that could be better: `rule` is a heading of docs/reference/lint; `replacement` is TOML to paste, or empty."""

    rule: str
    component: str
    where: Origin
    message: str
    replacement: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What overlays made of a tree: those that were refused did nothing, and the others went on."""

    tree: SourceTree
    changes: tuple[Change, ...]
    refused: tuple[tuple[Overlay, Problem], ...] = ()

    def same_files(self, other: Outcome) -> bool:
        return self.tree.files == other.tree.files


Run = Callable[[Sequence[Overlay]], Outcome]  # a component's upstream with these overlays, in the component's mode


def place_of(overlay: Overlay) -> Origin:
    return overlay.where or Origin(file="overlays")
