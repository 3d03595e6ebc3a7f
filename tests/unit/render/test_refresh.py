"""Locks against settings: what is planned, and why."""

from pathlib import Path

import msgspec
import pytest

from headwater.config.model import (
    BuildRule,
    Component,
    Distro,
    DistroRef,
    DistroVersion,
    OverlayMode,
    Project,
    SpecSource,
    SpecType,
)
from headwater.render import Inputs, Ledger, bump_locks, carry_out, save_locks
from headwater.render.refresh import moved
from headwater.store import Store
from headwater.upstream import Clones, Lock, follow, read_lock, with_ours

COMMIT = "a" * 40
SNAPSHOT = "2026-01-01T00:00:00Z"
FEDORA = Distro(
    default_version="43",
    dist_git_base_uri="https://src.invalid/$pkg.git",
    versions={"43": DistroVersion(release_ver="43", dist_git_branch="f43")},
)


def component(name: str = "jq", snapshot: str = SNAPSHOT, **fields: object) -> Component:
    ref = DistroRef(name="fedora", version="43", snapshot=snapshot)
    spec = SpecSource(type=SpecType.UPSTREAM, upstream_distro=ref)
    return Component(name=name, spec=spec, overlay_mode=OverlayMode.STRICT, **fields)


def project(*components: Component) -> Project:
    return Project(root=Path("/nowhere"), distros={"fedora": FEDORA}, components={one.name: one for one in components})


def settled(one: Component, **fields: object) -> Lock:
    """The lock that says what the settings of a component say."""
    lock = Lock(import_commit=COMMIT, upstream_commit=COMMIT, resolution_input_hash=follow(one, {"fedora": FEDORA}).resolution)
    return with_ours(msgspec.structs.replace(lock, **fields), inputs=Inputs(project(one)).of(one), repins={})


def reasons(one: Component, lock: Lock | None, *, force: bool = False) -> list[tuple[str, bool]]:
    ledger = Ledger(project(one), {one.name: lock} if lock else {})
    return [(stale.reason, stale.looks_up) for stale in ledger.stale([one.name], force=force)]


def test_a_lock_that_says_what_the_settings_say_needs_nothing() -> None:
    assert reasons(component(), settled(component())) == []


def test_without_a_lock_the_commit_is_looked_up() -> None:
    assert reasons(component(), None) == [("new", True)]


def test_force_looks_up_again() -> None:
    assert reasons(component(), settled(component()), force=True) == [("asked for", True)]


def test_another_moment_may_be_another_commit() -> None:
    ((_, looks_up),) = reasons(component(snapshot="2026-02-01T00:00:00Z"), settled(component()))
    assert looks_up


def test_another_setting_keeps_the_commit_and_is_named() -> None:
    ((reason, looks_up),) = reasons(component(build=BuildRule(without=("docs",))), settled(component()))
    assert not looks_up
    assert reason == "moved: build"


def test_the_head_of_a_branch_is_looked_up_each_time() -> None:
    head = component(snapshot="")
    ((reason, looks_up),) = reasons(head, settled(head))
    assert looks_up
    assert "f43" in reason


def test_a_lock_of_azldevs_alone_lacks_our_inputs() -> None:
    theirs = msgspec.structs.replace(settled(component()), ours="")
    assert reasons(component(), theirs) == [("its inputs were not recorded yet", False)]


def test_kin_are_seen_by_their_own_locks() -> None:
    """Components that share all settings share one answer, but each has its lock."""
    one, two = component("one"), component("two")
    ledger = Ledger(project(one, two), {"one": settled(one)})
    assert [stale.component for stale in ledger.stale(["one", "two"])] == ["two"]


def test_locks_of_components_that_are_no_more() -> None:
    assert Ledger(project(component()), {"jq": Lock(), "z": Lock(), "gone": Lock()}).orphans() == ["gone", "z"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"a": "1", "b": "1"}, {"a": "2", "c": "1"}, "moved: a, b, c"),
        ({"x": "1"}, {"x": "1", **{f"n{number}": "1" for number in range(8)}}, "moved: n0, n1, n2, n3, n4, n5 and 2 more"),
        ({}, {"a": "1"}, "its inputs were not recorded yet"),
    ],
)
def test_which_inputs_moved_in_words(old: dict[str, str], new: dict[str, str], words: str) -> None:
    assert moved(old, new) == words


def test_changed_settings_keep_the_commit_and_drop_azldevs_fingerprint(tmp_path: Path) -> None:
    """The fingerprint is azldev's own: it says nothing of what we changed, and a stale one would count as a build."""
    old = settled(component(), input_fingerprint="sha256:1", manual_bump=2)
    plan = Ledger(project(component(build=BuildRule(without=("docs",)))), {"jq": old}).stale(["jq"])
    (updated,) = carry_out(plan, Clones(Store(tmp_path)))
    assert updated.new
    assert (updated.commit, updated.previous) == (COMMIT, COMMIT)
    assert (updated.new.import_commit, updated.new.manual_bump, updated.new.input_fingerprint) == (COMMIT, 2, "")
    assert "build" in updated.new.inputs


def test_recording_our_inputs_keeps_azldevs_fingerprint(tmp_path: Path) -> None:
    old = msgspec.structs.replace(settled(component()), ours="", input_fingerprint="sha256:1")
    (updated,) = carry_out(Ledger(project(component()), {"jq": old}).stale(["jq"]), Clones(Store(tmp_path)))
    assert updated.new
    assert updated.new.input_fingerprint == "sha256:1"
    assert reasons(component(), updated.new) == [], "a second run has nothing to do"


def test_a_bump_is_one_more_build_of_the_same(tmp_path: Path) -> None:
    locks = {"jq": settled(component(), manual_bump=1)}
    (bumped,) = bump_locks(["jq"], locks)
    assert save_locks(tmp_path, [bumped]) == [bumped]
    assert save_locks(tmp_path, [bumped]) == [], "nothing that is written already"
    found = read_lock(tmp_path, "jq")
    assert found
    assert (found.manual_bump, found.upstream_commit, found.inputs) == (2, COMMIT, locks["jq"].inputs)
