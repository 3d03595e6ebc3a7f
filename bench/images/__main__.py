"""Images against what others make of the same packages: whole processes, warm, from local packages; ratios of one run.

`[SCRATCH=DIR] python bench images [WORK...]`, as root (the peers need it). A copy of distro/ with two images more works on the
user's usual store. `again` is a build of what is made already; `label` one where a label changed; `anew` one whose root is put
together from cached pieces. Each pair of runs takes turns, so that a busy machine is busy for both. apko is not measured: it
needs packages of another format, and its sources do not build from what Debian's mirror and PyPI have.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import running
from peers import Peers

from headwater.store import Store

ROOT = Path(__file__).parents[2]
RUNS = 5
SMALL = ("libc6", "tzdata", "ca-certificates", "alki-release")
LARGER = (*SMALL, "bash", "coreutils", "findutils", "grep", "sed", "gawk", "libssl3t64", "netbase", "ncurses-base")
CACHED = ("piece", "root", "tar", "layer", "compressed", "image", "images")  # kinds of results that images are made of
IMAGE = """
[images.{name}]
description = "Measured"
kind = "oci"
oci.labels.run = "{name}-0"
hostname = "{name}-0"
[[images.{name}.packages]]
names = {packages}
reason = "Measured"
"""
DISK = """
[images.disk]
from = "vm"
description = "vm in the one format that the peer writes too"
hostname = "disk-0"
disk.formats = ["raw"]
"""
Pair = tuple[float, float]


def main() -> None:
    if os.geteuid():
        print("images: skipped; the peers install packages as root")
        return
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "headwater"
    with tempfile.TemporaryDirectory(dir=os.environ.get("SCRATCH") or usual.parent, prefix="headwater-bench-") as folder:
        bench = Bench(Path(folder), usual)
        print(f"{'work':44} {'ours':>8} {'peer':>8} {'ratio':>7} {'at most':>8}")
        for name, most, work in bench.works():
            if not sys.argv[1:] or any(word in name for word in sys.argv[1:]):
                ours, theirs = work()
                verdict = "" if ours <= theirs * most else "  MISSED"
                print(f"{name:44} {ours:8.3f} {theirs:8.3f} {ours / theirs:7.3f} {most:8.2f}{verdict}", flush=True)


class Bench:
    """A copy of distro/ with images that are measured, beside the peers that make the same."""

    def __init__(self, folder: Path, usual: Path) -> None:
        self.folder, self.usual, self.project, self.runs = folder, usual, folder / "distro", 0
        shutil.copytree(ROOT / "distro", self.project, ignore=shutil.ignore_patterns("out", "build"))
        self.table = self.project / "images" / "measured.toml"
        self.table.write_text("".join(image(name, names) for name, names in (("a", SMALL), ("b", LARGER))) + DISK)
        self.hw("image", "build", "a", "b", "disk")
        (folder / "peers").mkdir()
        self.peers = Peers(self.project / "out" / "repo", folder / "peers", Store(usual))

    def works(self) -> Iterator[tuple[str, float, Callable[[], Pair]]]:
        """Name, ratio at most, and what to run. Without a bar in the issue that asked for it, the ratio is only told."""
        for name, packages, (dnf5, mkosi) in (("a", SMALL, (0.35, 0.1)), ("b", LARGER, (0.15, 0.06))):
            for how in ("again", "label", "anew"):
                ours = {"again": self.again, "label": self.label, "anew": self.anew}[how]
                yield f"{name} {how}, dnf5 + tar + umoci", dnf5, turns(ours(name), lambda p=packages: self.peers.dnf5(p))
                yield f"{name} {how}, mkosi", mkosi, turns(ours(name), lambda p=packages: self.peers.mkosi(p))
        yield "b: bytes, against gzip -6 of the same tree", 0.62, self.size
        yield "disk anew, mkosi", 0.2, turns(self.anew("disk"), self.mkosi_disk, 1)
        yield "disk, one package changed, no pieces cached", 0.3, self.one_package

    def again(self, name: str) -> Callable[[], None]:
        return lambda: self.hw("image", "build", name)

    def label(self, name: str) -> Callable[[], None]:
        return lambda: self.changed(self.table, f'run = "{name}-', name)

    def anew(self, name: str) -> Callable[[], None]:
        return lambda: self.changed(self.table, f'hostname = "{name}-', name)

    def changed(self, file: Path, key: str, name: str) -> None:
        """Build after one word of the description changed: what follows `key`, to the end of the string."""
        self.runs += 1
        before, _, after = file.read_text().partition(key)
        file.write_text(f'{before}{key}{self.runs}"{after.partition(chr(34))[2]}')
        self.hw("image", "build", name)

    def size(self) -> Pair:
        """Bytes of all layers of b, and of its tree as one tar that gzip -6 packed."""
        place = self.project / "out" / "images" / "b" / "oci"
        index = json.loads((place / "index.json").read_text())
        manifest = json.loads((place / "blobs" / index["manifests"][0]["digest"].replace(":", "/")).read_text())
        self.peers.dnf5(LARGER)
        packer = zlib.compressobj(6, wbits=31)
        with (self.folder / "peers" / "layer.tar").open("rb") as file:
            theirs = sum(len(packer.compress(chunk)) for chunk in iter(lambda: file.read(1 << 20), b""))
        return sum(layer["size"] for layer in manifest["layers"]) / 1e6, (theirs + len(packer.flush())) / 1e6

    def mkosi_disk(self) -> None:
        plan = json.loads((self.project / "out" / "images" / "disk" / "image.json").read_text())
        initrd = self.project / "out" / "images" / "initrd" / "initrd.cpio.zst"
        self.peers.mkosi([package["name"] for package in plan["packages"]], initrd)

    def one_package(self) -> Pair:
        """A store that has all but what images are made of; then one package moves, and is built before the clock starts."""
        store = self.folder / "store"
        subprocess.run(["cp", "-al", self.usual, store], check=True)
        for kind in CACHED:
            shutil.rmtree(store / "results" / kind, ignore_errors=True)
        begun = time.monotonic()
        self.hw("image", "build", "disk", store=store)
        nothing = time.monotonic() - begun
        with (self.project / "components" / "lsscsi.toml").open("a") as file:
            file.write(OVERLAY)
        self.hw("repo", "publish", store=store)
        begun = time.monotonic()
        self.hw("image", "build", "disk", store=store)
        return time.monotonic() - begun, nothing

    def hw(self, *words: str, store: Path | None = None) -> None:
        running.hw(self.project, store or self.usual, *words)


OVERLAY = """
[[components.lsscsi.overlays]]
type = "spec-append-lines"
section = "%description"
lines = ["Changed by a benchmark."]
description = "One overlay more, to see what it costs"
"""


def image(name: str, packages: tuple[str, ...]) -> str:
    return IMAGE.format(name=name, packages=json.dumps(packages))


def turns(ours: Callable[[], None], theirs: Callable[[], None], runs: int = RUNS) -> Callable[[], Pair]:
    """The best seconds of both, after one run that warms each."""

    def measure() -> Pair:
        seconds: tuple[list[float], list[float]] = ([], [])
        for number in range(runs + 1):
            for kept, work in zip(seconds, (ours, theirs), strict=True):
                begun = time.monotonic()
                work()
                if number:
                    kept.append(time.monotonic() - begun)
        return min(seconds[0]), min(seconds[1])

    return measure


if __name__ == "__main__":
    main()
