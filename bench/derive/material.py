"""What the benchmark works on, made from the public tree: dist-gits of this machine, and a project that takes from them.

Made once in a scratch folder and kept there for the next run.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pygit2

OURS = (sys.executable, "-m", "headwater")
EDITED = """
[[components.{name}.overlays]]
type = "spec-add-tag"
tag = "Vendor"
value = "Somebody"
description = "An overlay that was edited"
"""


class Material:
    """`theirs` and `ours` are one project: with azldev's locks, committed before and after an overlay was edited; with ours."""

    def __init__(self, corpus: Path, azldev: Path, folder: Path) -> None:
        self.corpus, self.azldev, self.folder = corpus, azldev, folder
        self.gits, self.theirs, self.ours, self.store = (folder / name for name in ("dist-git", "theirs", "ours", "store"))
        self.edited = "bash"

    def prepare(self) -> float:
        """Everything made; the seconds that `azldev component update -a` took when nothing was locked."""
        done = self.folder / "seconds.json"
        if done.is_file():
            return float(json.loads(done.read_text()))
        shutil.rmtree(self.folder, ignore_errors=True)
        self.gits.mkdir(parents=True)
        say(f"making {self.gits}")
        for spec in sorted((self.corpus / "specs").glob("?/*")):
            dist_git(spec, self.gits / f"{spec.name}.git")
        say(f"making {self.theirs}, where azldev locks everything: some minutes")
        copy_project(self.corpus, self.theirs, self.gits)
        seconds = self._lock("one")
        with next(self.theirs.glob(f"base/comps/**/{self.edited}*.toml")).open("a") as file:
            file.write(EDITED.format(name=self.edited))
        self._lock("two")
        say(f"making {self.ours}")
        copy_project(self.corpus, self.ours, self.gits)
        run([*OURS, "-q", "--store", str(self.store), "update"], self.ours)
        done.write_text(json.dumps(seconds))
        return seconds

    def _lock(self, message: str) -> float:
        seconds, _ = run([str(self.azldev), "-q", "component", "update", "-a"], self.theirs)
        git(self.theirs, "add", "--all", "locks", "base")
        git(self.theirs, "commit", "--quiet", "--message", message)
        return seconds


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def copy_project(corpus: Path, place: Path, gits: Path) -> None:
    """The tree's TOML, without locks and rendered specs, over dist-gits of this machine; a git repository."""
    shutil.copytree(corpus, place, ignore=shutil.ignore_patterns("specs", "locks", ".git"), symlinks=True)
    for toml in (place / "distro").glob("*.toml"):
        toml.write_text(re.sub(r'(dist-git-base-uri = )".*"', rf'\1"file://{gits}/$pkg.git"', toml.read_text()))
    git(place, "init", "--quiet")


def dist_git(spec: Path, place: Path) -> None:
    """A bare repository with one commit on the branches that the tree takes its packages from."""
    repository = pygit2.init_repository(str(place), bare=True)
    root = repository.TreeBuilder()
    for file in sorted(spec.iterdir()):
        if file.is_file() and not file.is_symlink():
            mode = pygit2.enums.FileMode.BLOB_EXECUTABLE if os.access(file, os.X_OK) else pygit2.enums.FileMode.BLOB
            root.insert(file.name, repository.create_blob(file.read_bytes()), mode)
    who = pygit2.Signature("Somebody", "somebody@example.org", 1767225600, 0)
    commit = repository.create_commit("refs/heads/f43", who, who, "Import", root.write(), [])
    repository.references.create("refs/heads/rawhide", commit)  # what two components are taken from
    repository.set_head("refs/heads/f43")


def git(folder: Path, *words: str) -> None:
    author = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    subprocess.run(["git", "-C", str(folder), *author, *words], check=True)


def build_specs(source: Path, place: Path) -> Path:
    """specs.go as a program, built inside azldev's module without writing there."""
    program, layer = place / "specs", place / "overlay.json"
    there = source / "cmd" / "headwater-bench" / "main.go"
    layer.write_text(json.dumps({"Replace": {str(there): str(Path(__file__).with_name("specs.go"))}}))
    subprocess.run(["go", "build", "-overlay", layer, "-o", program, "./cmd/headwater-bench"], cwd=source, check=True)
    return program


def run(vector: list[str], project: Path, *, fails: bool = False) -> tuple[float, bytes]:
    """Seconds and standard output of a whole process; one that fails ends the benchmark, but where that `fails` is expected."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}  # as a user's shell has it
    env["AZLDEV_ALLOW_ROOT"] = "1"
    begun = time.perf_counter()
    done = subprocess.run(vector, cwd=project, env=env, capture_output=True, check=False)
    seconds = time.perf_counter() - begun
    assert fails or done.returncode == 0, f"{vector}: {done.stderr.decode(errors='replace')[-2000:]}"
    return seconds, done.stdout
