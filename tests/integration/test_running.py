"""Many builds in one run, as a user meets them: failures, Ctrl-C, a kill, a machine that sleeps, two at once; and it goes on.

Each `hw` is a process of its own, in a project and with an engine of the test's own.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from tests.integration.ctrl_c import heed_ctrl_c

from headwater.engine import open_engine
from headwater.errors import Kind
from headwater.store import Store
from headwater.toolbox import Toolbox

DISTRO = Path(__file__).parents[2] / "distro"
pytestmark = [pytest.mark.toolbox, pytest.mark.world, pytest.mark.usefixtures("world")]  # it leaves keys and packages
SHARED = ("blobs", "results", "trees", "locks", "tmp", "partial")  # all of a store but its engine
OWN = ("toolbox.toml", "toolbox.lock", "bridge.toml", "bridge", "bridge.lock", "bridge-arm64.lock", "build-root.toml", "keys")
HEAD = """
includes = ["toolbox.toml", "bridge.toml", "bridge/*.toml", "build-root.toml"]
[project]
default-distro = { name = "test" }
[distros.test]
default-version = "0"
versions.0.release-ver = "0"
"""
COMPONENT = """
[components.NAME]
description = "For a test"
spec = { type = "local", path = "NAME.spec" }
"""
SPEC = """Name: NAME
Version: 1
Release: 1
Summary: For a test, SALT
License: MIT
BuildArch: noarch
NEEDS
%description
For a test.
%build
BUILD
%install
mkdir -p %{buildroot}%{_datadir}/NAME
%files
%{_datadir}/NAME
"""
LONG = 60  # seconds of a build that a test ends, and a test's patience for a sign of life


class Desk:
    """A project whose components are there to be built, and one store with an engine of its own."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store

    def project(self, builds: Mapping[str, str], needs: Mapping[str, str] | None = None, rule: str = "") -> None:
        """Components by name with what their %build does; each time others than before, so that none is known.

        `needs` are their BuildRequires, `rule` is what all say of their builds.
        """
        salt = uuid4().hex
        tables = [COMPONENT.replace("NAME", name) + rule for name in builds]
        (self.folder / "headwater.toml").write_text(HEAD + "".join(tables))
        for name, script in builds.items():
            need = f"BuildRequires: {needs[name]}" if needs and name in needs else ""
            text = SPEC.replace("NAME", name).replace("SALT", salt).replace("NEEDS", need).replace("BUILD", script)
            (self.folder / f"{name}.spec").write_text(text)

    def hw(self, *words: str) -> "Run":
        line = [sys.executable, "-m", "headwater", "--store", str(self.store.root), "-C", str(self.folder), "--json", *words]
        piped = subprocess.PIPE
        return Run(subprocess.Popen(line, stdout=piped, stderr=piped, text=True, preexec_fn=heed_ctrl_c))  # noqa: PLW1509 it takes no lock

    def runners(self) -> list[int]:
        """Processes that run an action for this store's engine."""
        found, home = [], os.fsencode(self.store.root / "engine")
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words = (place / "cmdline").read_bytes()
                if b"--action=" + home in words:
                    found.append(int(place.name))
        return found


class Run:
    """An `hw` under way."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.told = process, list[dict]()

    def until(self, **wanted: str) -> None:
        """Read what it tells until an event is like this."""
        assert self.process.stderr
        for line in self.process.stderr:
            self.told.append(json.loads(line))
            if wanted.items() <= self.told[-1].items():
                return
        raise AssertionError(f"it ended without {wanted}: {self.told[-3:]}")

    def end(self, code: int = 0) -> list[dict]:
        """Its rows, or its problems, when it has ended as it should."""
        out, err = self.process.communicate(timeout=10 * LONG)
        assert self.process.returncode == code, err[-3000:]
        self.told += [json.loads(line) for line in err.splitlines() if line]  # click ends a line of ours at Ctrl-C
        if not code:
            return json.loads(out)
        return next(one["problems"] for one in reversed(self.told) if "problems" in one)  # a thread may tell a last step after

    def built(self) -> set[str]:
        """Components that really were built."""
        return {one["name"] for one in self.told if one.get("verb") == "build" and one["outcome"] == "done"}


@pytest.fixture(scope="module")
def desk(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder, root = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("store")
    for name in OWN:
        if (DISTRO / name).is_dir():
            shutil.copytree(DISTRO / name, folder / name)
        else:
            shutil.copy(DISTRO / name, folder / name)
    for name in SHARED:
        (store.root / name).mkdir(exist_ok=True)
        (root / name).symlink_to(store.root / name)
    yield Desk(folder, Store(root))
    shutil.rmtree(root / "engine")


def wait_for(what: Callable[[], object]) -> None:
    limit = time.monotonic() + LONG
    while not what():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.05)


def test_after_a_failure_nothing_more_begins_but_with_k(desk: Desk) -> None:
    bad, good, later = (f"{name}-{uuid4().hex}" for name in ("bad", "good", "later"))  # nobody knows yet how long they take
    desk.project({bad: "echo no such luck; exit 3", good: "", later: ""}, {later: bad})
    first, second = desk.hw("--jobs", "1", "build").end(Kind.BUILD.value)
    assert f"`{bad}`" in first["what"]
    assert "%build" in first["what"]
    assert "no such luck" in first["why"]
    assert first["hint"] == f"hw build {bad} --shell"
    assert second["why"] == f"{good}, {later}"
    run = desk.hw("--jobs", "1", "build", "-k", "--timeline", str(desk.folder / "bad.svg"))
    first, second = run.end(Kind.BUILD.value)
    assert (f"`{bad}`" in first["what"], f"`{later}`" in second["what"]) == (True, True)
    assert run.built() == {good}
    assert re.search(rf"<title>build {bad} \(.+\): failed", (desk.folder / "bad.svg").read_text())


def test_killed_in_the_middle_it_goes_on_where_it_was(desk: Desk) -> None:
    desk.project({"one": "", "two": "sleep 3"}, {"two": "one"})
    run = desk.hw("build")
    run.until(verb="build", name="two", phase="%build")
    run.process.kill()
    run.process.wait()
    again = desk.hw("build")
    rows = again.end()
    assert {row["component"]: row["reason"] == "cached" for row in rows} == {"one": True, "two": False}
    assert again.built() == {"two"}
    assert not desk.runners()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_ends_what_was_begun_also_on_an_engine_that_others_use(
    desk: Desk, toolbox: Toolbox, sign: signal.Signals
) -> None:
    desk.project({"one": f"sleep {LONG}"})
    with open_engine(desk.store, toolbox) as engine:
        run = desk.hw("build")
        run.until(verb="build", name="one", phase="%build")
        assert desk.runners()
        run.process.send_signal(sign)
        (problem,) = run.end(Kind.INTERRUPTED.value)
        assert problem["kind"] == "interrupted"
        wait_for(lambda: not desk.runners())
        assert engine.client.alive()


def test_a_timeline_goes_where_it_is_wanted_and_beside_the_logs(desk: Desk) -> None:
    desk.project({"one": ""})
    desk.hw("build", "--timeline", str(desk.folder / "mine.json")).end()
    events = json.loads((desk.folder / "mine.json").read_text())["traceEvents"]
    assert {"one", "%build", "%install", "%files"} <= {event["name"] for event in events}
    logs = desk.folder / "out" / "logs"
    assert (logs / "timeline.json").read_bytes() == (desk.folder / "mine.json").read_bytes()
    before = (logs / "timeline.svg").read_bytes()
    desk.hw("build").end()
    assert (logs / "timeline.svg").read_bytes() == before, "a run that built nothing has nothing to show"
    (problem,) = desk.hw("build", "--timeline", "mine.png").end(Kind.USAGE.value)
    assert problem["hint"]


def test_a_limit_that_was_met_is_named_with_the_key_that_sets_it(desk: Desk) -> None:
    builds = {"fat": "head -c 9M /dev/zero > x", "hungry": "head -c 600M /dev/zero | tail", "slow": f"sleep {LONG}"}
    desk.project(builds, rule="build = { memory = 400, disk = 8, timeout = 15 }")  # two others need some of it
    fat, hungry, slow = desk.hw("build", "-k").end(Kind.BUILD.value)
    assert ("8 MiB" in fat["why"], "`disk`" in fat["hint"]) == (True, True)
    assert ("400 MiB" in hungry["why"], "`memory`" in hungry["hint"]) == (True, True)
    assert ("within 15 s" in slow["why"], "`timeout`" in slow["hint"]) == (True, True)
    assert "[components.slow.build]" in slow["hint"]


@pytest.mark.root
def test_a_disk_that_fills_up_is_told_and_no_empty_build_is_kept(desk: Desk, tmp_path: Path) -> None:
    desk.project({"one": "head -c 200M /dev/zero > x; sleep 3"})  # casd looks now and then
    for name in SHARED:
        (tmp_path / name).symlink_to(desk.store.root / name)
    engine, small = tmp_path / "engine", Desk(desk.folder, Store(tmp_path))
    engine.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2200M", "tmpfs", str(engine)], check=True)
    try:
        (problem,) = small.hw("build").end(Kind.STORE.value)
    finally:
        subprocess.run(["umount", str(engine)], check=True)
    assert "disk" in problem["what"] + problem["why"]
    assert "hw store gc" in problem["hint"]
    assert [row["reason"] == "cached" for row in desk.hw("build").end()] == [False]


def test_two_at_once_build_one_thing_once(desk: Desk) -> None:
    desk.project({"one": "sleep 2"})
    runs = [desk.hw("build"), desk.hw("build")]
    assert [[row["component"] for row in run.end()] for run in runs] == [["one"], ["one"]]
    assert sorted(len(run.built()) for run in runs) == [0, 1]


def test_who_waits_for_another_can_be_stopped(desk: Desk) -> None:
    desk.project({"one": f"sleep {LONG}"})
    first = desk.hw("build")
    first.until(verb="build", name="one", phase="%build")
    second = desk.hw("build")
    second.until(verb="build", name="one", phase="wait")
    for run in (second, first):
        run.process.send_signal(signal.SIGINT)
        run.end(Kind.INTERRUPTED.value)


def test_a_machine_that_sleeps_goes_on_when_it_wakes(desk: Desk) -> None:
    desk.project({"one": "sleep 2"})
    run = desk.hw("build")
    run.until(verb="build", name="one", phase="%build")
    asleep = [run.process.pid, int((desk.store.root / "engine" / "pid").read_text()), *desk.runners()]
    for sign in (signal.SIGSTOP, signal.SIGCONT):
        for pid in asleep:
            os.kill(pid, sign)
        time.sleep(3)
    assert [row["component"] for row in run.end()] == ["one"]


def test_logs_are_told_while_they_are_written_and_do_no_harm(desk: Desk) -> None:
    desk.project({"one": r"printf 'a \033[31mred\033[0m \033]0;title\007word\n'; sleep 2"})
    run = desk.hw("-v", "build")
    run.until(verb="build", name="one", line="a red word")
    assert run.process.poll() is None
    run.end()
    phases = [one["phase"] for one in run.told if one.get("phase") and one["name"] == "one"]
    assert phases[:2] == ["wait", "root"]
    assert [one for one in phases if one.startswith("%")][:2] == ["%build", "%install"]
    assert phases[-1] == "collect"
