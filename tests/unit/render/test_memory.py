"""What must be rendered again: a lock that is stale or missing is seen; and which inputs there are."""

from pathlib import Path

import pytest

from headwater.config.model import Component, Custom, DistroRef, Project, SourceFile, SpecSource, SpecType
from headwater.render.inputs import Inputs
from headwater.render.memory import Memory, Task
from headwater.store import Store
from headwater.upstream import Lock

OLD, NEW = "1" * 40, "2" * 40


def project_of(root: Path, pin: str = "") -> Project:
    spec = SpecSource(type=SpecType.UPSTREAM, upstream_distro=DistroRef(name="x"), upstream_commit=pin)
    return Project(root=root, components={"a": Component(name="a", spec=spec)})


def remembered(tmp_path: Path, project: Project, lock: Lock) -> None:
    """The component was rendered from this lock."""
    memory = Memory(project, Store(tmp_path / "store"), {"a": lock})
    memory.remember(project.components["a"], "digest", tmp_path / "specs/a/a", 0)
    memory.save()


@pytest.mark.parametrize(
    ("pin", "locks", "reason"),
    [
        ("", {"a": Lock(upstream_commit=OLD)}, ""),
        (OLD[:12], {"a": Lock(upstream_commit=OLD)}, ""),
        (OLD.upper(), {"a": Lock(upstream_commit=OLD)}, ""),
        (NEW, {"a": Lock(upstream_commit=OLD)}, "its lock is stale"),
        ("", {}, "nothing locks what it is made from"),
        ("", {"a": Lock(upstream_commit=NEW)}, "upstream moved"),
        ("", {"a": Lock(upstream_commit=OLD, manual_bump=1)}, "bumped"),
    ],
)
def test_what_a_lock_says_else_is_a_reason(tmp_path: Path, pin: str, locks: dict[str, Lock], reason: str) -> None:
    remembered(tmp_path, project_of(tmp_path), Lock(upstream_commit=OLD))
    memory = Memory(project_of(tmp_path, pin), Store(tmp_path / "store"), locks)
    assert memory.plan(["a"]) == ([Task(component="a", reason=reason)] if reason else [])


def test_what_a_script_says_is_an_input(tmp_path: Path) -> None:
    script = tmp_path / "vendor.sh"
    script.write_text("#!/bin/sh\n")
    made = SourceFile(filename="a.tar.gz", origin=Custom(script=str(script)))
    component = Component(name="a", source_files=(made,))
    inputs = Inputs(Project(root=tmp_path, components={"a": component}))
    before = inputs.of(component)
    assert inputs.of(component) == before
    script.write_text("#!/bin/sh\nmore\n")
    after = inputs.of(component)
    assert {name for name in after if after[name] != before.get(name)} == {"script vendor.sh"}
