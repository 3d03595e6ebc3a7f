import sys
import time

import pytest

from headwater import command
from headwater.errors import Failure, Kind


def test_output_comes_back():
    assert command.run([sys.executable, "-c", "print('hi')"]).text == "hi\n"


def test_a_failure_prints_a_line_to_copy():
    with pytest.raises(Failure) as caught:
        command.run([sys.executable, "-c", "import sys; sys.stderr.write('why\\n'); sys.exit(3)", "it's"], kind=Kind.BUILD)
    (problem,) = caught.value.problems
    assert problem.kind is Kind.BUILD
    assert "exit code 3" in problem.why
    assert "why" in problem.why
    assert "'it'\"'\"'s'" in problem.why


def test_a_missing_program_is_told():
    with pytest.raises(Failure) as caught:
        command.run(["no-such-program-anywhere"])
    assert caught.value.kind is Kind.TOOL


def test_a_time_limit_ends_the_program_and_its_children(tmp_path):
    mark = tmp_path / "mark"
    child = f"import time; time.sleep(2); open({str(mark)!r}, 'w')"
    script = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    with pytest.raises(Failure):
        command.run([sys.executable, "-c", script], timeout=1)
    time.sleep(2)
    assert not mark.exists()


def test_the_tail_holds_no_escape_codes():
    assert "\x1b" not in command.tail(b"\x1b[31mred\x1b[0m\n")


def test_log_takes_all_output(tmp_path):
    log = tmp_path / "deep" / "log"
    command.run([sys.executable, "-c", "import sys; print('out', flush=True); sys.stderr.write('err')"], log=log)
    assert log.read_bytes() == b"out\nerr"
