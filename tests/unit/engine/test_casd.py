"""What a casd that was killed leaves running is ended; what only has its number is not."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.engine.casd import _end_pid
from headwater.engine.processes import of_session, words_of


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "log").touch()
    return tmp_path


def began(process: int, program: bytes) -> None:
    """Wait until it has a program's words: before it has the shell's, and for a moment none."""
    while words_of(process)[:1] != [program]:
        time.sleep(0.01)


@pytest.fixture
def left(home: Path) -> Iterator[dict[str, int]]:
    """A session without its leader: one process knows of casd's folder, one does not."""
    script = 'tail -f "$1/log" >&2 & echo $!; sleep 300 >&2 & echo $!'
    words = ["sh", "-c", script, "sh", str(home)]
    leader = subprocess.Popen(words, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert leader.stdout
    with leader.stdout:
        ours, other = (int(leader.stdout.readline()) for _ in range(2))
    leader.wait()
    began(ours, b"tail")
    began(other, b"sleep")
    (home / "pid").write_text(str(leader.pid))
    yield {"leader": leader.pid, "ours": ours, "other": other}
    for one in of_session(leader.pid):
        subprocess.run(["kill", "-9", str(one)], check=False)


def test_what_a_dead_one_left_is_ended(home: Path, left: dict[str, int]) -> None:
    assert set(of_session(left["leader"])) == {left["ours"], left["other"]}
    _end_pid(home)
    assert not words_of(left["ours"])
    assert words_of(left["other"]) == [b"sleep", b"300"]
    assert not (home / "pid").exists()


def test_who_only_has_the_number_goes_on(home: Path) -> None:
    with subprocess.Popen(["tail", "-f", str(home / "log")], start_new_session=True) as other:
        (home / "pid").write_text(str(other.pid))
        began(other.pid, b"tail")
        _end_pid(home)
        time.sleep(0.1)
        goes_on = other.poll() is None
        other.kill()
    assert goes_on


@pytest.mark.parametrize(("text", "kept"), [("", True), ("x", True), ("4194305", False)])  # numbers end at 2^22
def test_a_number_of_nobody_ends_nobody(home: Path, left: dict[str, int], text: str, *, kept: bool) -> None:
    (home / "pid").write_text(text)
    _end_pid(home)
    assert (home / "pid").exists() == kept
    assert set(of_session(left["leader"])) == {left["ours"], left["other"]}


def test_words_of_who_is_not_there() -> None:
    assert words_of(4194305) == []
