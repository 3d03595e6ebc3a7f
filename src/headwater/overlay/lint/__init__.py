"""A component's overlays -> what could be better about them."""

from headwater.overlay.lint.finding import Finding
from headwater.overlay.lint.lint import RULES, lint

__all__ = ["RULES", "Finding", "lint"]
