"""Repository -> Image: composed from packages' pieces, never installed; started, and asked for its promises."""

from headwater.image.boot import boot_image
from headwater.image.build import build_image
from headwater.image.check import check_image

__all__ = ["boot_image", "build_image", "check_image"]
