import os
import sys
import time
from pathlib import Path

import pytest

from headwater import command
from headwater.errors import Failure, Kind, Problem


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


def test_a_program_reads_what_is_written_meanwhile():
    def feed(file):
        for number in range(100_000):
            file.write(b"%d\n" % number)

    made = command.run([sys.executable, "-c", "import sys; print(sum(map(int, sys.stdin)))"], stdin=feed)
    assert made.text == f"{sum(range(100_000))}\n"


def test_a_program_that_stops_reading_decides_how_it_ends():
    def feed(file):
        while True:
            file.write(b"x" * 4096)

    assert command.run([sys.executable, "-c", "print('enough')"], stdin=feed).text == "enough\n"


def test_what_a_feed_raises_is_told_and_not_what_the_program_made_of_it():
    def feed(file):
        file.write(b"half")
        raise Failure([Problem(kind=Kind.STORE, what="damaged")])

    with pytest.raises(Failure, match="damaged"):
        command.run([sys.executable, "-c", "import sys; sys.exit(sys.stdin.read() == 'half')"], stdin=feed)


def test_a_missing_program_leaves_no_pipe_open():
    before = set(Path("/proc/self/fd").iterdir())
    with pytest.raises(Failure):
        command.run(["no-such-program-anywhere"], stdin=lambda file: file.write(b"x"))
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_a_program_has_the_files_that_it_is_given():
    source, into = os.pipe()
    os.write(into, b"filter")
    os.close(into)
    try:
        script = "import os, sys; print(os.read(int(sys.argv[1]), 99).decode())"
        assert command.run([sys.executable, "-c", script, str(source)], files=[source]).text == "filter\n"
    finally:
        os.close(source)


READER = "import sys; first = sys.stdin.readline(); print(first.strip(), flush=True); print(sum(map(int, sys.stdin)))"


def test_a_program_that_began_reads_what_it_is_told():
    with command.begun([sys.executable, "-c", READER]) as program:
        program.tell(b"begin\n")
        program.tell(b"1\n2\n")
        assert program.finish().text == "begin\n3\n"


def test_a_program_that_began_and_failed_is_told_when_it_is_waited_for():
    with command.begun([sys.executable, "-c", "import sys; sys.exit('why')"], kind=Kind.SIGNATURE) as program:
        program._process.wait()
        program.tell(b"what nobody reads")
        with pytest.raises(Failure) as caught:
            program.finish()
        assert caught.value.kind is Kind.SIGNATURE
        assert "why" in caught.value.problems[0].why


def test_a_program_that_began_and_is_not_waited_for_is_ended(tmp_path):
    mark = tmp_path / "mark"
    script = f"import sys; sys.stdin.read(); open({str(mark)!r}, 'w')"
    opened = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(ZeroDivisionError), command.begun([sys.executable, "-c", script]):
        raise ZeroDivisionError
    assert not mark.exists()
    assert len(list(Path("/proc/self/fd").iterdir())) == opened


def test_a_program_that_began_and_does_not_end_is_ended():
    began = command.begun([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.5)
    with began as program, pytest.raises(Failure, match="did not end within"):
        program.finish()
