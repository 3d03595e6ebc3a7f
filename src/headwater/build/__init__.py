"""RenderedPackage -> BuiltPackage: RPMs from a graph of actions, each with its reason."""

from headwater.build.run import Line, build_all, plan

__all__ = ["Line", "build_all", "plan"]
