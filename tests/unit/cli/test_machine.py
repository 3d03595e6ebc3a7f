"""What the machine refuses is told as everything else is."""

import errno
import os

import pytest

from headwater.cli.main import _of_machine
from headwater.errors import Kind


def refused(number: int, *files: str | None) -> OSError:
    source, *target = files
    return OSError(number, os.strerror(number), source, *(None, *target)[: 2 * len(target)])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_of_a_copy_the_full_disk_is_its_target(number):
    problem = _of_machine(refused(number, "/store/blob", "/out/package.rpm"))
    assert problem.kind is Kind.STORE
    assert "/out/package.rpm" in problem.why
    assert "/store/blob" not in problem.why
    assert "hw store gc --free" in problem.hint


def test_a_file_that_could_not_be_written_is_named():
    assert "/out/package.rpm" in _of_machine(refused(errno.ENOSPC, "/out/package.rpm")).why


def test_what_else_is_refused_names_its_file():
    problem = _of_machine(refused(errno.EACCES, "/out/package.rpm"))
    assert "/out/package.rpm" in problem.what
    assert problem.why == os.strerror(errno.EACCES)
