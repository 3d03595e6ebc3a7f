"""Where something stopped `hw`: what the machine refuses is told as everything else is, and Ctrl-C ends it."""

import errno
import os
import subprocess
import sys

import pytest

from headwater.cli.ending import of_machine
from headwater.errors import Kind


def refused(number: int, *files: str | None) -> OSError:
    source, *target = files
    return OSError(number, os.strerror(number), source, *(None, *target)[: 2 * len(target)])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_of_a_copy_the_full_disk_is_its_target(number):
    problem = of_machine(refused(number, "/store/blob", "/out/package.rpm"))
    assert problem.kind is Kind.STORE
    assert "/out/package.rpm" in problem.why
    assert "/store/blob" not in problem.why
    assert "hw store gc --free" in problem.hint


def test_a_file_that_could_not_be_written_is_named():
    assert "/out/package.rpm" in of_machine(refused(errno.ENOSPC, "/out/package.rpm")).why


def test_what_else_is_refused_names_its_file():
    problem = of_machine(refused(errno.EACCES, "/out/package.rpm"))
    assert "/out/package.rpm" in problem.what
    assert problem.why == os.strerror(errno.EACCES)


CAUGHT = """
import importlib, sys, threading
from headwater.cli import ending
main = importlib.import_module("headwater.cli.main")

def stop(*_, **__):
    threading.Thread(target=threading.Event().wait).start()  # as one that waits for a lock that Ctrl-C left taken
    raise KeyboardInterrupt

main.hw, ending.PARTING = stop, 0.1
sys.argv = ["hw", "--json", "build"]
main.main()
"""


def test_after_ctrl_c_a_thread_that_never_ends_is_left_behind():
    done = subprocess.run([sys.executable, "-c", CAUGHT], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == Kind.INTERRUPTED.value
    assert '"interrupted"' in done.stdout + done.stderr
