"""One package that changed, on its way into a new image of the kind `vm`, against composing that image where nothing is kept.

Both make the same image, to the bit, of the same signed packages. A store that keeps nothing of images has all packages and
the toolbox; what is measured in it is the whole image, its initrd too.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import running

# kinds of results that images are made of, and what is told of them: packages as pieces, what rpm records of them, what their
# scriptlets do, who they bring, what finishers did, roots, layers, findings, images; and bills of materials
PIECES = (
    "piece",
    "choice",
    "rpm-record",
    "rpmdb",
    "scripts",
    "accounted",
    "users",
    "finish",
    "root",
    "layer",
    "findings",
    "secrets",
    "image",
    "images",
    "sha1",
    "described",
    "sbom-part",
    "sbom",
)
HELD = ("blobs", "results", "trees")  # of the user's store; the rest is what programs under way have for themselves
Pair = tuple[float, float]


class OnePackage:
    """lsscsi, in a copy of distro/ whose images are made."""

    def __init__(self, project: Path, folder: Path, usual: Path) -> None:
        self.project, self.folder, self.usual = project, folder, usual

    def works(self) -> Iterator[tuple[str, float, Callable[[], Pair]]]:
        yield "vm, one package changed, no pieces cached", 0.3, lambda: self.seconds[1:]
        yield "vm, from its changed spec, no pieces cached", 0.3, self.whole

    def whole(self) -> Pair:
        """The same where both begin with the spec: the package is built (twice, as Alki does), signed and published, too."""
        package, image, nothing = self.seconds
        return package + image, package + nothing

    @cached_property
    def seconds(self) -> tuple[float, float, float]:
        """From the spec to the signed repository; from there to the image; and that in a store without pieces."""
        self._hw(self.usual, "image", "build", "vm")
        running.change_lsscsi(self.project, f"Changed by a benchmark, {time.time()}.")
        package = self._hw(self.usual, "repo", "publish")
        image = self._hw(self.usual, "image", "build", "vm")
        made = self._digests()
        shutil.rmtree(self.project / "out" / "images")
        nothing = self._hw(self._bare(), "image", "build", "vm")
        assert self._digests() == made, "the image is the same, whatever was kept"
        return package, image, nothing

    def _bare(self) -> Path:
        store = self.folder / "bare"
        store.mkdir()
        subprocess.run(["cp", "-al", *(self.usual / part for part in HELD), store], check=True)
        for kind in PIECES:
            shutil.rmtree(store / "results" / kind, ignore_errors=True)
        return store

    def _digests(self) -> Any:
        note = json.loads((self.project / "out" / "images" / "vm" / "image.json").read_text())
        return {one["format"]: one["digest"] for one in note["artefacts"]}

    def _hw(self, store: Path, *words: str) -> float:
        begun = time.monotonic()
        running.hw(self.project, store, *words)
        return time.monotonic() - begun
