"""An action that takes more than it may, by what processes of the test's own hold and write."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headwater.engine import excess as module
from headwater.engine.excess import Excess
from headwater.engine.model import Limits
from headwater.engine.written import nameless, sizes

PATIENCE = 30  # seconds
HOLD = "import sys, time; held = bytearray(b'x') * (int(sys.argv[1]) << 20); print('ready', flush=True); time.sleep(60)"
LAYERS = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"


@contextmanager
def acting(code: str, mib: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A runner, a shell below it, and the sandbox below that, which does something in its tree."""
    monkeypatch.setattr("headwater.engine.fence.SIGN", "-Ic")  # the sandbox is known by its first word
    inner = [sys.executable, "-Ic", code, str(mib)]
    words = [sys.executable, "-c", LAYERS, sys.executable, "-c", LAYERS, *inner]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout
        assert runner.stdout.readline() == "ready\n"
        try:
            yield runner
        finally:
            found = Excess(folder, Limits())
            if found._find(runner.pid):
                found._end("")
            found.close()


def look(excess: Excess, runner: subprocess.Popen[str]) -> str:
    limit = time.monotonic() + PATIENCE
    while not excess.met and time.monotonic() < limit:
        excess.look(runner.pid)
        time.sleep(0.05)
    excess.close()
    return excess.met


def test_memory_is_added_up_where_no_cgroup_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(HOLD, 60, tmp_path, monkeypatch) as runner:
        assert look(Excess(tmp_path, Limits(memory=30)), runner) == "memory"
        assert runner.wait(PATIENCE) != 0


def test_what_it_writes_is_added_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.01)
    with acting(HOLD, 1, tmp_path, monkeypatch) as runner:
        excess = Excess(tmp_path / "home", Limits(disk=2))
        excess.look(runner.pid)  # what lies there already is the tree
        (tmp_path / "new").write_bytes(bytes(5 << 20))
        assert look(excess, runner) == "disk"
        assert runner.wait(PATIENCE) != 0


NAMELESS = """
import sys, time, tempfile
held = tempfile.TemporaryFile(dir=".")
held.write(b"x" * (int(sys.argv[1]) << 20))
held.flush()
print("ready", flush=True)
time.sleep(60)
"""


def test_what_it_writes_without_a_name_is_added_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(NAMELESS, 30, tmp_path, monkeypatch) as runner:
        excess = Excess(tmp_path, Limits(disk=20))
        excess._before = 0  # it wrote before we looked
        assert look(excess, runner) == "disk"
        excess.close()


def test_a_file_without_a_name_counts_once_and_others_not(tmp_path: Path) -> None:
    device = tmp_path.stat().st_dev
    before = list(nameless(os.getpid(), device))  # pytest holds some
    with (tmp_path / "named").open("wb") as named, tempfile.TemporaryFile(dir=tmp_path) as held:
        named.write(b"x" * 9000)
        held.write(b"x" * 9000)
        named.flush()
        held.flush()
        again = os.dup(held.fileno())
        assert sorted(nameless(os.getpid(), device)) == sorted([*before, 12288])
        assert not list(nameless(os.getpid(), Path("/proc").stat().st_dev))
        os.close(again)


def test_who_keeps_within_limits_is_let_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(HOLD, 1, tmp_path, monkeypatch) as runner:
        excess = Excess(tmp_path, Limits())
        for _ in range(3):
            excess.look(runner.pid)
        excess.close()
        assert not excess.met
        assert runner.poll() is None


def test_a_tiny_file_takes_a_page_and_the_engines_own_take_nothing(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below/tiny").write_bytes(b"")
    (tmp_path / "staged").write_bytes(b"x" * 9000)
    (tmp_path / "again").hardlink_to(tmp_path / "staged")
    (tmp_path / "link").symlink_to("/usr")
    assert sorted(sizes([tmp_path])) == [4096, 4096]
