"""apko, whose binary `APKO` names: it assembles the same files from .apk packages that are made of our RPMs' trees.

It needs no root and nothing of a toolbox. Its own cache of packages is warm; its layer is compressed anew on every run.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from apk import ARCH, write_repository

from headwater.image.model import Image
from headwater.store import Store
from headwater.toolbox import Toolbox

CONFIG = "contents:\n  repositories: [{place}/packages]\n  packages: {packages}\narchs: [{arch}]\n"


class Apko:
    """Runs it in `work`, which has a folder for each image."""

    def __init__(self, program: str, work: Path, toolbox: Toolbox, store: Store) -> None:
        self.program, self.work, self.toolbox, self.store = program, work, toolbox, store

    def prepare(self, image: Image, packages: Sequence[str]) -> None:
        """A repository of all packages of an image, and a configuration that asks for those which the image names."""
        place = self.work / image.name
        write_repository(image.packages, image.reasons, place / "packages", self.toolbox, self.store)
        (place / "apko.yaml").write_text(CONFIG.format(place=place, packages=f"[{', '.join(packages)}]", arch=ARCH))

    def build(self, name: str) -> None:
        """An OCI layout and its bills of materials."""
        place = self.work / name
        for made in ("oci", "sbom"):
            shutil.rmtree(place / made, ignore_errors=True)
            (place / made).mkdir()
        vector = [self.program, "build", "--ignore-signatures", "--offline", "--vcs=false", "--cache-dir", str(place / "cache")]
        vector += ["--sbom-path", str(place / "sbom"), str(place / "apko.yaml"), f"{name}:1", str(place / "oci")]
        env = {"PATH": os.environ["PATH"], "HOME": str(place)}
        done = subprocess.run(vector, env=env, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
