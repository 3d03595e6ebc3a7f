"""RenderedPackage -> BuiltPackage: RPMs from a graph of actions, each with its reason."""

from headwater.build.chart import draw
from headwater.build.line import Line, plan
from headwater.build.lock import compare, read_lock, write_lock
from headwater.build.locking import lock_roots
from headwater.build.run import build_all
from headwater.build.shell import shell
from headwater.build.solve import Solver
from headwater.build.timeline import Recorder, trace

__all__ = [
    "Line",
    "Recorder",
    "Solver",
    "build_all",
    "compare",
    "draw",
    "lock_roots",
    "plan",
    "read_lock",
    "shell",
    "trace",
    "write_lock",
]
