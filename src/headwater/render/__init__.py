"""SourceTree -> RenderedPackage: the package folder that is built and reviewed."""

from headwater.render.checked_in import drift, place_of, write_all
from headwater.render.diff import diff
from headwater.render.render import render
from headwater.render.tree import folder, write

__all__ = ["diff", "drift", "folder", "place_of", "render", "write", "write_all"]
