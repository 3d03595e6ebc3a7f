"""Which limit ended a build: by its log, or by what was seen of it."""

import pytest

from headwater.build.limits import limit_met
from headwater.config.model import BuildRule
from headwater.engine import RESERVED, Outcome

RULE = BuildRule(timeout=7, memory=300, disk=20)


def ended(code: int = 1, **more: object) -> Outcome:
    return Outcome(code=code, outputs={}, log=None, **more)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("/var/tmp/rpm-tmp.x: line 7:  5 File size limit exceeded(core dumped) dd", "disk"),
        ("tail: memory exhausted", "memory"),
        ("cc1plus: out of memory allocating 65536 bytes after a total of 1 bytes", "memory"),
        ("bash: fork: Cannot allocate memory", "memory"),
        ("terminate called after throwing an instance of 'std::bad_alloc'", "memory"),
        ("gcc: fatal error: Killed signal terminated program cc1", "--jobs"),
        ("make: *** [Makefile:3: all] Error 137", "--jobs"),
    ],
)
def test_a_log_tells_which_limit(line: str, key: str) -> None:
    limit = limit_met("jq", ended(), f"+ make\n{line}\n", RULE)
    assert limit
    assert key in limit.hint
    assert not limit.here


def test_what_was_seen_goes_before_what_the_log_says() -> None:
    limit = limit_met("jq", ended(timed_out=True), "out of memory", RULE)
    assert limit
    assert "timeout" in limit.hint
    full = limit_met("jq", ended(free=RESERVED - 1), "out of memory", RULE)
    assert full
    assert full.here


def test_who_waited_for_processes_until_the_end_is_told_of_both() -> None:
    line = "bash: fork: retry: Resource temporarily unavailable"
    limit = limit_met("jq", ended(timed_out=True), line, RULE)
    assert limit
    assert limit.key == "processes"
    assert "2048 processes" in limit.what
    assert "7 s" in limit.what


@pytest.mark.parametrize(
    "line", ["error: no such file", "checking whether we are cross compiling... no", "Skilled work", "Error 1370"]
)
def test_other_failures_are_no_limits(line: str) -> None:
    assert limit_met("jq", ended(free=RESERVED), line, RULE) is None
