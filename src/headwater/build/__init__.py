"""RenderedPackage -> BuiltPackage: RPMs from a graph of actions, each with its reason."""

from headwater.build.line import Line, plan
from headwater.build.run import build_all
from headwater.build.shell import shell

__all__ = ["Line", "build_all", "plan", "shell"]
