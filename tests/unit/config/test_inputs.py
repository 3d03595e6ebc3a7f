"""What decides what a project makes, and whether a run that began before can say that it saw it."""

import os
import time

import pytest

from headwater.config import inputs, inputs_of, unmoved
from headwater.config.model import Project
from headwater.digest import digest_of


@pytest.fixture
def project(tmp_path):
    for folder in ("keys", "specs/j", "out"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "headwater.toml").write_text("")
    return Project(root=tmp_path)


def test_what_a_project_makes_is_no_input(project):
    before = inputs_of(project)
    (project.output / "image").write_text("x")
    assert unmoved(project, before) == digest_of(before)


@pytest.mark.parametrize("rendered", [None, "then", "later"])
def test_a_file_that_changed_during_a_run_was_perhaps_not_seen(project, rendered):
    before = inputs_of(project)
    if rendered == "later":
        laid = inputs_of(project)
    (project.root / "headwater.toml").write_text("a = 1")
    if rendered == "then":
        laid = inputs_of(project)
    assert not unmoved(project, before, laid if rendered else None)


@pytest.mark.parametrize("change", ["new", "gone"])
def test_so_was_one_that_came_or_went(project, change):
    (project.root / "gone").touch()
    before = inputs_of(project)
    (project.root / change).unlink(missing_ok=True) if change == "gone" else (project.root / change).touch()
    assert not unmoved(project, before)


def test_what_the_run_itself_writes_was(project):
    before = inputs_of(project)
    (project.keys / "secret").write_text("made on first use")
    (project.root / "specs/j/jq.spec").write_text("rendered")
    (project.root / "rendered.lock").write_text("rendered")
    laid = inputs_of(project)
    (project.keys / "image").write_text("made when one was wanted")
    assert unmoved(project, before, laid) == digest_of(inputs_of(project))
    assert not unmoved(project, before), "who renders nothing wrote none of it"
    (project.root / "specs/j/jq.spec").write_text("by somebody else, after it was rendered")
    assert not unmoved(project, before, laid)


def test_what_nobody_touched_is_not_read_again(project, monkeypatch):
    file = project.root / "headwater.toml"
    monkeypatch.setattr(inputs, "MOMENT", 0)
    before = inputs_of(project)
    monkeypatch.setattr(inputs, "_digest", lambda path, _: pytest.fail(f"{path} was read again"))
    assert inputs_of(project) == before
    monkeypatch.undo()
    file.write_text("a = 1")
    assert inputs_of(project) != before


@pytest.mark.parametrize("way", ["other bytes and the old times", "another file under its name", "at once"])
def test_a_change_that_hides_is_found(project, way):
    file = project.root / "headwater.toml"
    file.write_text("a = 1")
    told = file.stat()
    if way != "at once":
        time.sleep(0.15)  # so that its digest is remembered
    before = inputs_of(project)
    if way == "another file under its name":
        (project.root / "new").write_text("a = 2")
        (project.root / "new").replace(file)
    else:
        file.write_text("a = 2")
    os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))
    assert inputs_of(project) != before
