"""An image is told as finished only while what it was made from and what was made are as they were."""

from pathlib import Path

import msgspec
import pytest

from headwater.config import inputs_of
from headwater.config.model import Project
from headwater.errors import Kind, Problem
from headwater.finished import Made, finished_images, keep_images
from headwater.origin import Origin
from headwater.store import Store


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    (root / "headwater.toml").write_text("")
    return Project(root=root)


@pytest.fixture
def made(project):
    place = project.output / "images" / "vm" / "vm.raw"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"disk")
    layout = project.output / "images" / "base" / "oci"
    layout.mkdir(parents=True)
    (layout / "index.json").write_text("{}")
    return (Made("vm", "raw", 4, "sha256:1", str(place)), Made("base", "oci", 900, "sha256:2", str(layout)))


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def kept(project, store, made):
    (project.output / "note").write_text("beside")
    (project.output / "images/vm/image.json").write_text("this vm")
    keep(project, store, ["vm", "base"], made, [project.output / "images/vm/image.json"], [project.output / "note"])


def keep(project, store, names, made, notes=(), beside=(), before=None, warnings=()):  # noqa: PLR0917 as what it calls
    keep_images(project, store, names, made, notes, beside, before or inputs_of(project), warnings)


def finished(project, store, names):
    return finished_images(project, store, names, inputs_of(project))


@pytest.mark.usefixtures("kept")
def test_what_is_as_it_was_is_finished_in_any_order_of_names(project, store, made):
    assert finished(project, store, ["base", "vm"]).made == made


@pytest.mark.usefixtures("kept")
def test_other_names_are_another_question(project, store):
    assert finished(project, store, ["vm"]) is None
    assert finished(project, store, []) is None


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("lost", ["images/vm/vm.raw", "images/base/oci/index.json", "note"])
def test_what_lost_a_file_is_not(project, store, lost):
    (project.output / lost).unlink()
    assert finished(project, store, ["vm", "base"]) is None


@pytest.mark.usefixtures("kept")
def test_a_cut_file_is_not(project, store):
    (project.output / "images/vm/vm.raw").write_bytes(b"dis")
    assert finished(project, store, ["vm", "base"]) is None


@pytest.mark.usefixtures("kept")
def test_a_file_of_the_project_that_changed_makes_it_anew(project, store):
    (project.root / "more.toml").write_text("")
    assert finished(project, store, ["vm", "base"]) is None


def test_a_file_that_changed_while_they_were_made_makes_them_anew(project, store, made):
    before = inputs_of(project)
    (project.root / "headwater.toml").write_text("# other")
    keep(project, store, [], made, before=before)
    assert finished(project, store, []) is None
    (project.root / "headwater.toml").write_text("")
    assert finished(project, store, []) is None, "what was read of it in between nobody knows"


@pytest.mark.usefixtures("kept")
def test_an_image_of_the_same_size_that_another_run_left_there_is_another(project, store):
    (project.output / "images/vm/image.json").write_text("that vm")
    assert finished(project, store, ["vm", "base"]) is None


def test_so_does_a_file_outside_that_the_project_reads(project, store, made, tmp_path):
    outside = tmp_path / "more.toml"
    outside.write_text("a = 1")
    reading = msgspec.structs.replace(project, files=(Path(outside),))
    keep(reading, store, [], made)
    assert finished(reading, store, []).made == made
    outside.write_text("a = 2")
    assert finished(reading, store, []) is None


def test_what_is_made_is_no_input(project, store, made):
    keep(project, store, [], made)
    (project.output / "more").write_text("")
    assert finished(project, store, []).made == made


def test_a_warning_is_told_again(project, store, made):
    warning = Problem(kind=Kind.IMAGE, what="`vm`: not in the image lock", where=Origin(file="vm.toml", line=3))
    keep(project, store, ["vm"], made, warnings=[warning])
    assert finished(project, store, ["vm"]).warnings == (warning,)
