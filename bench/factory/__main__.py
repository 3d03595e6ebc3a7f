"""The build factory against what others do for the same: build roots, one build, all of them, several at once, as ratios.

`[SCRATCH=DIR] python bench factory [WORK...]`, as root (dnf5 installs as root; `plan` needs nothing). A copy of distro/ works
on the user's usual store, which `make world` must have filled. Each pair takes turns, so that a busy machine is busy for both;
the best of each counts.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from builds import Builds
from planning import WORD, Planning
from project import Copy, Pair
from roots import Roots

Work = tuple[str, float, Callable[[], Pair]]


def main() -> None:
    print(f"{'work':66} {'ours':>8} {'peer':>8} {'ratio':>7} {'at most':>8}")
    measure(Planning().works())
    if sys.argv[1:] == [WORD]:
        return
    if os.geteuid():
        print("factory: the rest is skipped; dnf5 installs packages as root")
        return
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "headwater"
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("SCRATCH") or usual.parent, prefix="headwater-bench-") as folder,
        Copy(Path(folder), usual).opened() as copy,
    ):
        measure([*Roots(copy).works(), *Builds(copy).works()])


def measure(works: Iterable[Work]) -> None:
    """A line for each that the command line asks for."""
    for name, most, work in works:
        if not sys.argv[1:] or any(word in name for word in sys.argv[1:]):
            ours, theirs = work()
            verdict = "" if ours <= theirs * most else "  MISSED"
            print(f"{name:66} {ours:8.3f} {theirs:8.3f} {ours / theirs:7.4f} {most:8.3f}{verdict}", flush=True)


if __name__ == "__main__":
    main()
