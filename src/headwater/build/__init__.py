"""RenderedPackage -> BuiltPackage: RPMs from a graph of actions, each with its reason."""

from headwater.build.chains import asked_for, lines_of
from headwater.build.chart import draw
from headwater.build.compared import Explained, explain, root_difference
from headwater.build.course import Circle
from headwater.build.findings import Finding
from headwater.build.keep import keep
from headwater.build.line import Line, plan
from headwater.build.local import read_local
from headwater.build.lock import compare, read_lock, write_lock
from headwater.build.locking import lock_roots
from headwater.build.moves import Move
from headwater.build.odd import odd
from headwater.build.once import Once, apply_once, for_these
from headwater.build.picture import dot, reachable, rows, svg
from headwater.build.prove import Closed, prove, proved
from headwater.build.run import build_all
from headwater.build.running import Sign
from headwater.build.shell import ready, shell
from headwater.build.solve import LOCAL, Solver
from headwater.build.stages import Leaning, leanings
from headwater.build.timeline import Recorder, trace
from headwater.build.trials import Bench, needed_for
from headwater.build.turn import component_of
from headwater.build.variation import TOLD
from headwater.build.verified import Verify

__all__ = [
    "LOCAL",
    "TOLD",
    "Bench",
    "Circle",
    "Closed",
    "Explained",
    "Finding",
    "Leaning",
    "Line",
    "Move",
    "Once",
    "Recorder",
    "Sign",
    "Solver",
    "Verify",
    "apply_once",
    "asked_for",
    "build_all",
    "compare",
    "component_of",
    "dot",
    "draw",
    "explain",
    "for_these",
    "keep",
    "leanings",
    "lines_of",
    "lock_roots",
    "needed_for",
    "odd",
    "plan",
    "prove",
    "proved",
    "reachable",
    "read_local",
    "read_lock",
    "ready",
    "root_difference",
    "rows",
    "shell",
    "svg",
    "trace",
    "write_lock",
]
