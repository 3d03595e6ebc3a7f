"""The small world."""

from tests.unit.small import small_world

__all__ = ["small_world"]
