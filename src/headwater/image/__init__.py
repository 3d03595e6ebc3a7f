"""Repository -> Image: composed from packages' pieces, never installed; started, and asked for its promises."""

from headwater.image.boot import boot_image
from headwater.image.build import build_image
from headwater.image.check import broken, check_image
from headwater.image.console import open_console
from headwater.image.order import in_order
from headwater.image.push import push

__all__ = ["boot_image", "broken", "build_image", "check_image", "in_order", "open_console", "push"]
