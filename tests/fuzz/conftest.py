"""What every fuzz target shares: how often it is tried, how bytes are spoilt, what an outcome is, and a lid on memory.

    make fuzz SECONDS=600

An ordinary run tries each target FUZZ_EXAMPLES (50) times; `make fuzz` goes on with new examples until its time is over.
"""

import os
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from headwater.errors import Failure

T = TypeVar("T")
MEMORY = 2 << 30  # bytes that a target may take beside what the process has; who wants more is at the mercy of its input
PAGE = os.sysconf("SC_PAGE_SIZE")
ODD = [b"\0", b"\xff", b"\n", b"\r", b"'", b'"', b"[", b"{", b"%", b"\\", b"/", b"../", b"-1", b"9" * 20, b"\xed\xa0\x80"]

settings.register_profile("fuzz", settings.get_profile("house"), max_examples=int(os.environ.get("FUZZ_EXAMPLES", "50")))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """No example may take the machine's memory: beyond the lid Python raises MemoryError, which is no Failure."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * PAGE
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, hard))
    try:
        return (yield)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.fixture(scope="session")
def outcome() -> Callable[[Callable[[], T]], T | Failure]:
    """What some work gives, or its Failure; every other exception is a finding."""

    def run(work: Callable[[], T]) -> T | Failure:
        try:
            return work()
        except Failure as failure:
            found = failure
        assert all(problem.what for problem in found.problems)
        return found

    return run


@pytest.fixture(scope="session")
def spoilt() -> Callable[[bytes], st.SearchStrategy[bytes]]:
    """Bytes that were good: cut, doubled, with some of them changed, and odd ones put in."""

    def some(good: bytes) -> st.SearchStrategy[bytes]:
        places = st.integers(0, len(good))
        patch = st.binary(min_size=1, max_size=4) | st.sampled_from(ODD)
        return st.lists(st.tuples(places, places, patch | st.just(b"")), min_size=1, max_size=4).map(
            lambda edits: _edited(good, edits)
        )

    return some


def _edited(good: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """Each edit puts bytes in the place of a run of at most 64; where the run would be negative, they are put in."""
    for start, stop, new in edits:
        good = good[:start] + new + good[max(start, min(stop, start + 64)) :]
    return good
