"""Derive against azldev's own binary on the public tree of Azure Linux 4.0: same tree, whole processes, best of five; ratios.

`CORPUS=DIR AZLDEV=FILE python bench/derive.py [WORK...]`. CORPUS is a checkout of the tree (repository microsoft/azurelinux,
branch `tomls/base/main`), AZLDEV the binary, built from microsoft/azure-linux-dev-tools. Neither is part of this repository.
Without them the benchmark says so and measures nothing. Each pair of runs takes turns, so that a busy machine is busy for both.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

RUNS = 5
OURS = (sys.executable, "-m", "headwater", "-q")


def main() -> None:
    corpus, azldev = os.environ.get("CORPUS", ""), os.environ.get("AZLDEV", "")
    if not (Path(corpus, "azldev.toml").is_file() and Path(azldev).is_file()):
        print("derive: skipped; CORPUS names no checkout of Azure Linux, or AZLDEV no binary of azldev")
        return
    wanted = sys.argv[1:]
    print(f"{'work':34} {'ours':>8} {'azldev':>8} {'ratio':>7} {'at most':>8}")
    for name, most, work in works(Path(corpus).resolve(), Path(azldev).resolve()):
        if not wanted or any(word in name for word in wanted):
            ours, theirs = work()
            verdict = "" if ours <= theirs * most else "  MISSED"
            print(f"{name:34} {ours:7.3f}s {theirs:7.3f}s {ours / theirs:7.3f} {most:8.2f}{verdict}", flush=True)


Pair = tuple[float, float]
Work = Callable[[], Pair]


def works(corpus: Path, azldev: Path) -> Iterator[tuple[str, float, Work]]:
    """Name, ratio at most, and what to run."""

    def both(*words: str) -> Work:
        return lambda: best(corpus, azldev, words)

    yield "config dump", 1.0, both("config", "dump", "-f", "json")
    yield "component list -a", 0.7, both("component", "list", "-a")
    yield "package list -a", 0.3, both("package", "list", "-a")


def best(project: Path, azldev: Path, words: tuple[str, ...]) -> Pair:
    """The best of several runs of each, taking turns, after one of each that is not counted."""
    sort = {"component": "name", "package": "packageName"}.get(words[0])
    ours, theirs = ([*OURS, "-O", "json", *words], [str(azldev), "-q", "-O", "json", *words])
    if sort:
        rows = [sorted(json.loads(run(vector, project)[1]), key=lambda row: row[sort]) for vector in (ours, theirs)]
        assert rows[0] == rows[1], f"{' '.join(words)}: the answers differ"
    times = [(run(ours, project)[0], run(theirs, project)[0]) for _ in range(RUNS)]
    return min(first for first, _ in times), min(second for _, second in times)


def run(vector: list[str], project: Path) -> tuple[float, bytes]:
    """Seconds and standard output of a whole process; one that fails ends the benchmark."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}  # as a user's shell has it
    env["AZLDEV_ALLOW_ROOT"] = "1"
    begun = time.perf_counter()
    done = subprocess.run(vector, cwd=project, env=env, capture_output=True, check=False)
    seconds = time.perf_counter() - begun
    assert done.returncode == 0, f"{vector}: {done.stderr.decode(errors='replace')[-2000:]}"
    return seconds, done.stdout


if __name__ == "__main__":
    main()
