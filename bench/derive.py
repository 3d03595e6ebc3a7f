"""Derive against azldev's own binary on the public tree of Azure Linux 4.0: same tree, whole processes, best of five; ratios.

`CORPUS=DIR AZLDEV=FILE python bench/derive.py [WORK...]`. CORPUS is a checkout of the tree (repository microsoft/azurelinux,
branch `tomls/base/main`), AZLDEV the binary, built from microsoft/azure-linux-dev-tools. Neither is part of this repository.
Without them the benchmark says so and measures nothing. Each pair of runs takes turns, so that a busy machine is busy for both.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pygit2

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


def locked_project(corpus: Path, folder: Path) -> Path:
    """The tree's TOML over dist-gits of this machine: a bare repository for each component, made from its rendered folder."""
    project = folder / "project"
    if not (project / ".git").exists():
        gits = folder / "dist-git"
        print(f"making {gits} and {project} ...", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        gits.mkdir(parents=True)
        for spec in sorted((corpus / "specs").glob("?/*")):
            dist_git(spec, gits / f"{spec.name}.git")
        shutil.copytree(corpus, project, ignore=shutil.ignore_patterns("specs", ".git"), symlinks=True)
        for toml in (project / "distro").glob("*.toml"):
            toml.write_text(re.sub(r'(dist-git-base-uri = )".*"', rf'\1"file://{gits}/$pkg.git"', toml.read_text()))
        git(project, "init", "--quiet")
    return project


def dist_git(spec: Path, place: Path) -> None:
    """A bare repository with one commit on the branch that the tree takes its packages from."""
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
