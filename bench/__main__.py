"""Benchmarks: `python bench` runs all; `python bench NAME [WORD...]` runs one, or the part of it that the words name."""

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent
NO_BENCHMARK = ("__main__", "running")


def main() -> None:
    scripts = {path.stem: path for path in HERE.glob("*.py")} | {path.parent.name: path for path in HERE.glob("*/__main__.py")}
    scripts = {name: scripts[name] for name in sorted(scripts.keys() - set(NO_BENCHMARK))}
    wanted = sys.argv[1:2] or list(scripts)
    if unknown := set(wanted) - scripts.keys():
        sys.exit(f"no benchmark is called `{min(unknown)}`; there are {', '.join(scripts)}")
    words = sys.argv[2:]
    for name in wanted:
        # what benchmarks share, what this one consists of, and what tests have for both
        sys.path[:0] = [str(HERE), str(scripts[name].parent), str(HERE.parent)]
        sys.argv = [str(scripts[name]), *words]
        runpy.run_path(str(scripts[name]), run_name="__main__")


main()
