"""Packages become a signed repository, closed under dependencies."""

from headwater.repo.closure import check
from headwater.repo.publish import publish
from headwater.repo.select import for_images, for_this_machine, select
from headwater.repo.server import serve

__all__ = ["check", "for_images", "for_this_machine", "publish", "select", "serve"]
