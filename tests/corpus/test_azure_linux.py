"""All of Azure Linux's project is read without a problem, and shown as azldev shows it.

make corpus CORPUS=/path/to/azurelinux [AZLDEV=/path/to/azldev]
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from headwater.config import Project

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(600)]

COMPONENTS = ["component", "list", "-a", "-O", "json"]
PACKAGES = ["package", "list", "-a", "-O", "json"]
DUMP = ["config", "dump", "-f", "json"]
# Where `config dump` says something else, and why. Keys are joined by dots; `*` stands for one part.
OTHER = {
    "project.defaultAuthorEmail": "azldev has a default that nothing reads",
    "tools.imageCustomizer": "azldev has a default; its Image Customizer is no part of Headwater",
    "distros.*.versions.*.mockConfig": "azldev puts the key of the machine's architecture here",
    "distros.*.versions.*.mockConfigX8664": "and leaves the keys of architectures relative",
    "distros.*.versions.*.mockConfigAarch64": "as above",
    "resources.rpmRepoSetTemplates.azl-standard": "built in, in words of our own; a kind that is the default is not said",
    "resources.rpmRepoSetTemplates.koji-dist-repo": "as above",
}


def said(corpus: Path, *program: str) -> bytes:
    """What a program says of the tree; its warnings are its own."""
    environment = {**os.environ, "AZLDEV_ALLOW_ROOT": "1"}
    done = subprocess.run([program[0], *program[1:]], cwd=corpus, capture_output=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def ours(corpus: Path, *words: str) -> bytes:
    return said(corpus, sys.executable, "-m", "headwater", *words)


def test_everything_is_read_without_a_problem(project: Project) -> None:
    assert all(component.name == name for name, component in project.components.items())


@pytest.mark.usefixtures("counted")
def test_all_components_and_overlays_are_found(project: Project) -> None:
    changed = [component for component in project.components.values() if component.overlays]
    assert len(project.components) == 7_583
    assert (len(changed), sum(len(component.overlays) for component in changed)) == (97, 233)


def test_lists_come_in_one_order(corpus: Path, project: Project) -> None:
    once, again = ours(corpus, *COMPONENTS), ours(corpus, *COMPONENTS)
    assert once == again
    assert [row["name"] for row in json.loads(once)] == sorted(project.components)


@pytest.mark.parametrize("words", [COMPONENTS, PACKAGES], ids=" ".join)
def test_rows_are_azldevs(corpus: Path, azldev: str, words: list[str]) -> None:
    here, theirs = json.loads(ours(corpus, *words)), json.loads(said(corpus, azldev, *words))
    assert len(here) == len(theirs)
    assert {json.dumps(row, sort_keys=True) for row in here} == {json.dumps(row, sort_keys=True) for row in theirs}


def test_dump_is_azldevs_but_for_what_is_listed(corpus: Path, azldev: str) -> None:
    here, theirs = json.loads(ours(corpus, *DUMP)), json.loads(said(corpus, azldev, *DUMP))
    assert sorted(".".join(path) for path in differences(here, theirs) if not is_listed(path)) == []


def differences(one: Any, other: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """The keys under which two values differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {found for key in one | other for found in differences(one.get(key), other.get(key), (*path, key))}
    return set() if one == other else {path}


def is_listed(path: tuple[str, ...]) -> bool:
    """Whether a key, or a table above it, is among OTHER."""
    listed = [key.split(".") for key in OTHER]
    return any(
        all(part in {"*", found} for part, found in zip(parts, path, strict=False))
        for parts in listed
        if len(parts) <= len(path)
    )
