"""How much work is done twice: one world from nothing, again, and after one overlay changed; ratios of one run, not times.

`python bench spine [PROJECT]` copies the project (default: distro/) and works in a store of its own, so nothing is found
that an earlier run left. Fetched sources and Debian packages come from the user's store: the network is no part of this.
"""

import json
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import running

ROOT = Path(__file__).parents[1]
WARM = "source"  # the kind of result that only the network makes


def hw(project: Path, store: Path, *words: str) -> float:
    """Run `hw` and return its seconds."""
    begun = time.monotonic()
    running.hw(project, store, *words)
    return time.monotonic() - begun


def main() -> None:
    project = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "distro"
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "headwater"
    with tempfile.TemporaryDirectory(dir=usual.parent, prefix="headwater-bench-") as folder:
        copy, store = Path(folder) / "distro", Path(folder) / "store"
        shutil.copytree(project, copy, ignore=shutil.ignore_patterns("out", "build", "keys"))
        warm(usual, store, project)
        first = hw(copy, store, "world")
        second = hw(copy, store, "world")
        running.change_lsscsi(copy, "Changed by a benchmark.")
        changed = hw(copy, store, "world")
    print("work                                  ratio to the first run")
    print(f"second run, nothing changed           {second / first:.4f}")
    print(f"one overlay of one component changed  {changed / first:.4f}")
    print(f"(the first run took {first:.0f} s on this machine)")


def warm(usual: Path, store: Path, project: Path) -> None:
    """Give the new store what the network gave: fetched sources, and the Debian packages of the locks."""
    kept = usual / "results" / WARM
    shutil.copytree(kept, store / "results" / WARM)
    digests = {blob["digest"] for file in kept.glob("*.json") for blob in json.loads(file.read_text())["outputs"].values()}
    digests |= {digest for lock in project.glob("*.lock") for digest in re.findall(r"\b[0-9a-f]{64}\b", lock.read_text())}
    for digest in sorted(digests):
        place = Path("blobs") / digest[:2] / digest
        if (usual / place).exists():
            (store / place).parent.mkdir(parents=True, exist_ok=True)
            os.link(usual / place, store / place)


if __name__ == "__main__":
    main()
