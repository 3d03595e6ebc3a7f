"""What decides what images stand on: all that a project is, but for what it says of images."""

from pathlib import Path

import pytest

import headwater
from headwater.config import ground_of, inputs, inputs_of, read_project, stays_inside

PROJECT = """
includes = ["more/*.toml"]
[project]
default-distro = { name = "alki", version = "0" }
[distros.alki]
vendor = "Alki"
[distros.alki.versions.0]
[components.one]
spec = { type = "local", path = "one/one.spec" }
"""
IMAGES = """
[images.base]
description = "An image"
kind = "oci"
packages = [{ names = ["a"], reason = "It is wanted" }]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name, text in {"headwater.toml": PROJECT, "more/images.toml": IMAGES, "one/one.spec": "Name: one\n"}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def ground(root: Path) -> str:
    reading = read_project(root, places=False)
    project = reading.without_components
    return ground_of(project, inputs_of(project), reading.tables)


def test_the_ground_is_the_same_whatever_images_say(root: Path) -> None:
    before = ground(root)
    (root / "more/images.toml").write_text(f'# Words\n{IMAGES}oci.labels.word = "other"\n')
    (root / "more/another.toml").write_text(IMAGES.replace("base", "another"))
    (root / "images.lock").write_text("a 1-1 noarch\n\n[base]\na\n")
    assert ground(root) == before


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("one/one.spec", "Name: one\nVersion: 1\n"),
        ("one/a.patch", "a patch"),
        ("bridge.lock", "a lock"),
        ("headwater.toml", PROJECT.replace("one/one.spec", "./one/../one/one.spec")),
        ("more/images.toml", f'{IMAGES}[components.one]\nspec = {{ path = "one.spec" }}\n'),
    ],
)
def test_anything_else_moves_it(file: str, text: str, root: Path) -> None:
    before = ground(root)
    (root / file).write_text(text)
    assert ground(root) != before


def test_a_path_that_counts_from_another_file_is_another(root: Path) -> None:
    """The same words of a component in a file of another folder."""
    table = '[components.two]\nspec = { type = "local", path = "two.spec" }\n'
    (root / "more/two.toml").write_text(table)
    before = ground(root)
    (root / "more/two.toml").write_text("")
    (root / "headwater.toml").write_text(PROJECT + table)
    assert ground(root) != before


def test_what_is_made_is_no_input(root: Path) -> None:
    before = ground(root)
    for name in ("out", "build/logs", "build/work", ".git"):
        (root / name).mkdir(parents=True)
        (root / name / "made").write_text("made")
    assert ground(root) == before


@pytest.mark.parametrize("name", ["__init__.py", "data.toml"])
def test_our_own_code_is_one(name: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = tmp_path / "code"
    (code / "__pycache__").mkdir(parents=True)
    for file in ("__init__.py", "data.toml"):
        (code / file).write_text("a = 1")
    monkeypatch.setattr(headwater, "__file__", str(code / "__init__.py"))

    def ground_of_another_process() -> str:
        inputs._ours.cache_clear()
        return ground(root)

    before = ground_of_another_process()
    (code / "__pycache__" / "a.pyc").write_text("compiled")
    assert ground_of_another_process() == before
    (code / name).write_text("a = 2")
    assert ground_of_another_process() != before


def test_where_a_link_leads_to_a_folder_the_ground_is_not_known(root: Path) -> None:
    (root / "elsewhere").symlink_to("one")
    assert ground(root) == ""


@pytest.mark.parametrize(("path", "inside"), [("one/one.spec", True), ("../one/one.spec", False)])
def test_a_path_that_leaves_the_project_is_told(path: str, inside: bool, root: Path) -> None:  # noqa: FBT001 a parameter
    (root / "headwater.toml").write_text(PROJECT.replace("one/one.spec", path))
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text("Name: one\n")
    assert stays_inside(read_project(root).project) is inside
