"""What stands in bubblewrap's place: what it makes of the runner's words."""

import subprocess
from pathlib import Path

import pytest

from headwater.engine import fence as module
from headwater.engine.fence import SIGN, fence
from headwater.errors import Failure, Kind


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program, on a machine without cgroups; the bubblewrap that it calls prints its words."""
    monkeypatch.setattr(module, "CGROUPS", tmp_path / "none")
    (tmp_path / "real").mkdir()
    real = tmp_path / "real/bwrap"
    real.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\npwd\n')
    real.chmod(0o755)
    fence(tmp_path, str(tmp_path / "real"))
    return tmp_path / "bwrap"


def told(program: Path, *words: str, code: int = 0) -> list[str]:
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == code, done.stderr
    return done.stdout.splitlines()


def test_words_of_the_command_are_untouched(program: Path) -> None:
    assert told(program, "--unshare-net", "sh", "-c", "a  b;$(c) *", "--proc") == [
        SIGN,
        "--unshare-net",
        "sh",
        "-c",
        "a  b;$(c) *",
        "--proc",
        "/",
    ]


def test_the_kernels_settings_can_not_be_written(program: Path) -> None:
    assert told(program, "--proc", "/proc", "x")[1:6] == ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"]


def test_the_staged_tree_has_no_name(program: Path, tmp_path: Path) -> None:
    said = told(program, "--bind", str(tmp_path), "/", "x")
    assert said[1:4] == ["--bind", ".", "/"]
    assert said[-1] == str(tmp_path)


def test_memory_that_files_take_is_bounded_by_the_actions_own_limit(program: Path) -> None:
    said = told(
        program, "--setenv", "HEADWATER_LIMITS", "memory=3 processes=x $(evil) *", "--tmpfs", "/tmp", "--dev", "/dev", "x"
    )
    sizes = [said[at + 1] for at, word in enumerate(said) if word == "--size"]
    assert sizes == [str(3 << 20)] * 2
    assert "--remount-ro" in said


def test_what_is_not_known_is_refused(program: Path) -> None:
    told(program, "--share-everything", "x", code=125)


def test_without_bubblewrap_nothing_runs(tmp_path: Path) -> None:
    with pytest.raises(Failure) as raised:
        fence(tmp_path, str(tmp_path))
    assert raised.value.problems[0].kind is Kind.TOOL
