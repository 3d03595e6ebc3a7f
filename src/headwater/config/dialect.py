"""Whose rules a project follows: ours in a `headwater.toml`, azldev's in an `azldev.toml`."""

from __future__ import annotations

import msgspec


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """`azldev` accepts what azldev accepts; `permissive` (--permissive-config) takes unknown keys and forgives broken rules."""

    azldev: bool = False
    permissive: bool = False

    @property
    def overlay_mode(self) -> str:
        """How overlays read a spec where nothing else is said."""
        return "compat" if self.azldev else "strict"
