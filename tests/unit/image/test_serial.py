"""The expect loop on a program that behaves like a guest's serial line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headwater import command
from headwater.errors import Failure, Kind
from headwater.image.serial import Console

# deaf to the first line, as login is; then a shell with echo, escape codes and carriage returns
GUEST = r"""
import os, subprocess, sys, time
def say(text):
    sys.stdout.write(text.replace("\n", "\r\n")); sys.stdout.flush()
say("\x1b[1mbooting\x1b[0m\nalki login: root (automatic login)\n")
sys.stdin.readline(); sys.stdin.readline()
say("\x1b]3008;start=1\x07# ")
for line in sys.stdin:
    say(line)
    if "stty" in line:
        os.environ["HEADWATER"] = "ready"
    else:
        say(subprocess.run(["sh", "-c", line], capture_output=True, text=True).stdout)
    say("# ")
"""


@contextmanager
def guest(text: str, log: Path) -> Iterator[Console]:
    process = command.start([sys.executable, "-c", text], log=log)
    try:
        yield Console(process, log)
    finally:
        command.end(process)


def test_commands_answer_with_code_and_output(tmp_path, monkeypatch):
    monkeypatch.setattr("headwater.image.serial.RETRY", 0.3)
    with guest(GUEST, tmp_path / "log") as console:
        console.expect("login: ", 20)
        console.ready(20)
        assert console.run("echo one; echo two >&2; exit 3", 20) == (3, "one\ntwo")
        assert console.run("printf '%s' \"it's\"", 20) == (0, "it's")
        assert console.run("true", 20) == (0, "")


@pytest.mark.parametrize("lost", range(0, 54, 6))
def test_a_shell_is_ready_when_it_heard_all_though_login_threw_away_half_a_line(tmp_path, monkeypatch, lost):
    monkeypatch.setattr("headwater.image.serial.RETRY", 0.5)
    monkeypatch.setattr("headwater.image.serial.QUIET", "export HEADWATER=ready A=b; exec bash")  # the rest is for guests alone
    deaf = f"import os\nfor _ in range({lost}): os.read(0, 1)\nos.execvp('bash', ['bash'])"
    with guest(deaf, tmp_path / "log") as console:
        console.ready(20)
        assert console.run("echo $A", 20) == (0, "b")


def test_a_shell_that_never_answers_is_told_with_the_whole_time(tmp_path, monkeypatch):
    monkeypatch.setattr("headwater.image.serial.RETRY", 0.4)
    with guest("import time; time.sleep(60)", tmp_path / "log") as console, pytest.raises(Failure) as failure:
        console.ready(1)
    assert "within 1 s" in failure.value.problems[0].what


def test_a_panic_is_seen_at_once_and_shown(tmp_path):
    text = "print('Kernel panic - not syncing: no init', flush=True); import time; time.sleep(60)"
    with guest(text, tmp_path / "log") as console, pytest.raises(Failure) as failure:
        console.expect("login: ", 30)
    assert failure.value.kind is Kind.IMAGE
    assert "no init" in failure.value.problems[0].why


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)", "its kernel panicked"),
        ("You are in emergency mode. After logging in, type journalctl", "systemd gave up"),
        (">>Start PXE over IPv4.", "its firmware found nothing"),
        ("systemd[1]: Freezing execution.", "systemd crashed"),
    ],
)
def test_what_no_guest_comes_back_from_ends_the_waiting_with_its_meaning(tmp_path, said, meant):
    text = f"print({said!r}, flush=True); import time; time.sleep(60)"
    with guest(text, tmp_path / "log") as console, pytest.raises(Failure) as failure:
        console.expect("login: ", 30)
    assert meant in failure.value.problems[0].what


def test_a_picture_of_the_screen_is_named_while_there_is_one(tmp_path):
    taken = []

    def picture():
        taken.append(True)
        return tmp_path / "screen.png"

    with guest("import time; time.sleep(60)", tmp_path / "log") as plain:
        console = Console(plain.process, plain.log, picture)
        with pytest.raises(Failure) as failure:
            console.expect("login: ", 0.2)
    assert str(tmp_path / "screen.png") in failure.value.problems[0].why
    assert taken == [True]


def test_silence_ends(tmp_path):
    with guest("import time; time.sleep(60)", tmp_path / "log") as console, pytest.raises(Failure):
        console.expect("login: ", 0.3)


def test_a_guest_that_ended_is_told(tmp_path):
    with guest("print('bye')", tmp_path / "log") as console, pytest.raises(Failure) as failure:
        console.expect("login: ", 30)
    assert "bye" in failure.value.problems[0].why
