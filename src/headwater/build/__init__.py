"""RenderedPackage -> BuiltPackage: RPMs from a graph of actions, each with its reason."""

from headwater.build.run import Line, build_all, plan
from headwater.build.shell import shell

__all__ = ["Line", "build_all", "plan", "shell"]
