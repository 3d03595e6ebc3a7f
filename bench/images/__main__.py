"""Images against what others make of the same packages: whole processes, warm, from local packages; ratios of one run.

`[SCRATCH=DIR] [APKO=FILE] python bench images [WORK...]`, as root (the peers need it). A copy of distro/ with three images more
works on the user's usual store. `again` is a build of what is made already; `label` one where a label changed; `anew` one whose
root is put together from cached pieces. Each pair of runs takes turns, so that a busy machine is busy for both.

apko is measured where `APKO` names its binary, which Debian and PyPI do not have: `go build` in a checkout of its repository
(v1.2.30 was measured). Its packages are made here, of the trees of ours.
"""

import json
import os
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import running
from apko import Apko
from changed import OnePackage
from peers import Peers

from headwater.image.verbs import image_at
from headwater.store import Store

ROOT = Path(__file__).parents[2]
RUNS = 10
SMALL = ("libc6", "tzdata", "ca-certificates", "alki-release")
LARGER = (*SMALL, "bash", "coreutils", "findutils", "grep", "sed", "gawk", "libssl3t64", "netbase", "ncurses-base")
NAMED = {"a": SMALL, "b": LARGER}
BARS = {"dnf5 + tar + umoci": (0.35, 0.15), "mkosi": (0.1, 0.06), "apko": (1.0, 0.35)}  # at most, of a and of b
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
description = "vm in the one format that the peer writes too, and as it does no larger than it must be"
hostname = "disk-0"
disk.formats = ["raw"]
disk.free = 0
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
        self.table.write_text("".join(image(name, names) for name, names in NAMED.items()) + DISK)
        self.hw("image", "build", "a", "b", "disk")
        (folder / "peers").mkdir()
        self.peers = Peers(self.project / "out" / "repo", folder / "peers", Store(usual))
        self.apko = self._apko(os.environ.get("APKO", ""))

    def _apko(self, program: str) -> Apko | None:
        """Ready to make a and b, if there is one."""
        if not program:
            print("apko: left out; APKO names no binary of it")
            return None
        apko = Apko(program, self.folder / "apko", self.peers.toolbox, Store(self.usual))
        for name, packages in NAMED.items():
            made = image_at(self.project / "out" / "images" / name)
            assert made, f"`{name}` was made above"
            apko.prepare(made, packages)
        return apko

    def works(self) -> Iterator[tuple[str, float, Callable[[], Pair]]]:
        """Name, ratio at most, and what to run. Without a bar in the issue that asked for it, the ratio is only told."""
        for number, (name, packages) in enumerate(NAMED.items()):
            for how, ours in (("again", self.again), ("label", self.label), ("anew", self.anew)):
                for peer, theirs in self.others(name, packages).items():
                    yield f"{name} {how}, {peer}", BARS[peer][number], turns(ours(name), theirs)
        yield "b: bytes, against gzip -6 of the same tree", 0.62, self.size
        yield "disk anew, mkosi", 0.2, turns(self.anew("disk"), lambda: self.mkosi_disk(self.packages("initrd")), 1)
        initrd = self.project / "out" / "images" / "initrd" / "initrd.cpio.zst"
        yield "disk anew, mkosi that is given our initrd", 0.2, turns(self.anew("disk"), lambda: self.mkosi_disk(initrd), 1)
        yield from OnePackage(self.project, self.folder, self.usual).works()

    def others(self, name: str, packages: tuple[str, ...]) -> dict[str, Callable[[], None]]:
        """How each peer makes an image, by the peer's name in BARS."""
        peers, apko = self.peers, self.apko
        ways = {"dnf5 + tar + umoci": lambda: peers.dnf5(packages), "mkosi": lambda: peers.mkosi(packages)}
        return ways | ({"apko": lambda: apko.build(name)} if apko else {})

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

    def mkosi_disk(self, initrd: Path | list[str]) -> None:
        self.peers.mkosi_disk(self.packages("disk"), initrd)

    def packages(self, name: str) -> list[str]:
        """What is in an image that was made."""
        note = json.loads((self.project / "out" / "images" / name / "image.json").read_text())
        return [package["name"] for package in note["packages"]]

    def hw(self, *words: str) -> None:
        running.hw(self.project, self.usual, *words)


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
