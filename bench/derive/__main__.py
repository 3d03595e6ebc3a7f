"""Derive against azldev's own binary on the public tree of Azure Linux 4.0: same tree, whole processes, best of five; ratios.

`CORPUS=DIR AZLDEV=FILE [AZLDEV_SOURCE=DIR] [SCRATCH=DIR] python bench derive [WORK...]`. CORPUS is a checkout of the tree
(repository microsoft/azurelinux, branch `tomls/base/main`), AZLDEV the binary, AZLDEV_SOURCE the repository it was built from
(microsoft/azure-linux-dev-tools): for reading specs, which only its library does. None of them is part of this repository.
Without them the benchmark says so and measures nothing. Each pair of runs takes turns, so that a busy machine is busy for both.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from material import OURS, Material, build_specs, run

RUNS = 5
Pair = tuple[float, float]
Work = Callable[[], Pair]


def main() -> None:
    corpus, azldev = (Path(os.environ.get(name, "")).resolve() for name in ("CORPUS", "AZLDEV"))
    if not ((corpus / "azldev.toml").is_file() and azldev.is_file()):
        print("derive: skipped; CORPUS names no checkout of Azure Linux, or AZLDEV no binary of azldev")
        return
    scratch = Path(os.environ.get("SCRATCH") or Path(tempfile.gettempdir()) / "headwater-bench")
    bench = Bench(Material(corpus, azldev, scratch))
    print(f"{'work':34} {'ours':>8} {'azldev':>8} {'ratio':>7} {'at most':>8}")
    for name, most, work in bench.works():
        if not sys.argv[1:] or any(word in name for word in sys.argv[1:]):
            ours, theirs = work()
            verdict = "" if ours <= theirs * most else "  MISSED"
            print(f"{name:34} {ours:7.3f}s {theirs:7.3f}s {ours / theirs:7.3f} {most:8.2f}{verdict}", flush=True)


class Bench:
    """Each work runs ours and theirs on the same material and gives the best seconds of both."""

    def __init__(self, material: Material) -> None:
        self.material, self.corpus = material, material.corpus
        self.ours = [*OURS, "-q", "--store", str(material.store)]
        self.theirs = [str(material.azldev), "-q"]

    def works(self) -> Iterator[tuple[str, float, Work]]:
        """Name, ratio at most, and what to run."""
        yield "config dump", 1.0, lambda: self.both("config", "dump", "-f", "json")
        yield "component list -a", 0.7, lambda: self.rows("name", "component", "list", "-a")
        yield "package list -a", 0.3, lambda: self.rows("packageName", "package", "list", "-a")
        yield "component changed -a", 0.4, self.changed
        yield "component update --check-only -a", 0.6, self.fresh
        yield "component update -a", 0.15, self.update
        yield "component prepare-sources", 0.6, self.prepare
        yield "overlays of all components", 0.02, self.overlays
        yield "all specs read and printed back", 2.0, self.specs

    def both(self, *words: str) -> Pair:
        return best([*self.ours, *words], [*self.theirs, *words], self.corpus, self.corpus)

    def rows(self, key: str, *words: str) -> Pair:
        """As `both`, where the answers must have the same rows."""
        vectors = ([*self.ours, "-O", "json", *words], [*self.theirs, "-O", "json", *words])
        same(*(run(vector, self.corpus)[1] for vector in vectors), key)
        return best(*vectors, self.corpus, self.corpus)

    def changed(self) -> Pair:
        self.material.prepare()
        words = ["-O", "json", "component", "changed", "--from", "HEAD~1", "--to", "HEAD", "-a"]
        place = self.material.theirs
        vectors = [*self.ours, *words], [*self.theirs, *words]
        same(*(run(vector, place)[1] for vector in vectors), "component")
        return best(*vectors, place, place)

    def fresh(self) -> Pair:
        """Each over the locks that it wrote itself: azldev's number is no business of ours."""
        self.material.prepare()
        words = ["component", "update", "--check-only", "-a"]
        return best([*self.ours, *words], [*self.theirs, *words], self.material.ours, self.material.theirs)

    def update(self) -> Pair:
        """Nothing is locked or fetched yet. azldev was measured once, when it made the material: minutes."""
        theirs = self.material.prepare()
        place, store = self.material.folder / "update", self.material.folder / "update-store"
        found = []
        for _ in range(RUNS):
            shutil.rmtree(place, ignore_errors=True)
            shutil.rmtree(store, ignore_errors=True)
            shutil.copytree(self.material.ours, place, ignore=shutil.ignore_patterns("locks", ".git"), symlinks=True)
            found.append(run([*OURS, "-q", "--store", str(store), "component", "update", "-a"], place)[0])
        return min(found), theirs

    def prepare(self) -> Pair:
        """A component without archives: what is fetched would be the network's time."""
        self.material.prepare()
        out = self.material.folder / "prepared"
        words = ["component", "prepare-sources", "--force", "-o", str(out), "filesystem"]
        return best([*self.ours, *words], [*self.theirs, *words], self.material.ours, self.material.theirs)

    def overlays(self) -> Pair:
        """Ours are one process; azldev takes one component at a time. Many fail: these specs have their overlays already."""
        self.material.prepare()
        listed = json.loads(run([*self.theirs, "-O", "json", "component", "list", "-a"], self.corpus)[1])
        names = [row["name"] for row in listed if row.get("overlays")]
        words = ["component", "render", "--check-only", "--force"]
        run([*self.ours, *words, *names], self.material.ours, fails=True)
        ours = min(run([*self.ours, *words, *names], self.material.ours, fails=True)[0] for _ in range(RUNS))
        out = ["--force", "-o", str(self.material.folder / "prepared"), "--without-git"]
        theirs = [[*self.theirs, "component", "prepare-sources", *out, name] for name in names]
        return ours, sum(run(vector, self.material.theirs, fails=True)[0] for vector in theirs)

    def specs(self) -> Pair:
        source = os.environ.get("AZLDEV_SOURCE", "")
        if not source:
            print("all specs read and printed back: skipped; AZLDEV_SOURCE names no repository of azldev")
            return 1.0, 1.0
        with tempfile.TemporaryDirectory() as place:
            theirs = [str(build_specs(Path(source).resolve(), Path(place))), str(self.corpus / "specs")]
            ours = [sys.executable, str(Path(__file__).with_name("specs.py")), str(self.corpus / "specs")]
            return best(ours, theirs, self.corpus, self.corpus)


def best(ours: list[str], theirs: list[str], here: Path, there: Path) -> Pair:
    """The best of several runs of each, taking turns, after one of each that is not counted."""
    run(ours, here)
    run(theirs, there)
    times = [(run(ours, here)[0], run(theirs, there)[0]) for _ in range(RUNS)]
    return min(first for first, _ in times), min(second for _, second in times)


def same(ours: bytes, theirs: bytes, key: str) -> None:
    rows = [sorted(json.loads(answer), key=lambda row: row[key]) for answer in (ours, theirs)]
    assert rows[0] == rows[1], f"the answers differ in `{key}`"


if __name__ == "__main__":
    main()
