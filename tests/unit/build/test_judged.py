"""When a test of packages has passed, and what is said of the limit that ended it."""

import pytest

from headwater.build.judged import ENDED, judge, told
from headwater.build.weak import WEAK
from headwater.config.model import BuildRule
from headwater.config.suites import PackageTest
from headwater.engine import Outcome

RULE = BuildRule(timeout=7, memory=300, disk=20)


def a_test(**more: object) -> PackageTest:
    return PackageTest(**{"name": "t", "command": "true", "reason": "For a test", **more})


def ended(code: int = 0, **more: object) -> Outcome:
    return Outcome(code=code, outputs={}, log=None, **more)


@pytest.mark.parametrize(
    ("code", "output", "passed"),
    [(0, "one\nversion 2", True), (0, "version 3", False), (1, "version 2", False), (-1, "no engine", False)],
)
def test_code_and_output_must_both_be_as_expected(code: int, output: str, *, passed: bool) -> None:
    found = told(a_test(match="version 2"), code, output, 0.5)
    assert (found.passed, found.code, found.output, found.seconds) == (passed, code, output, 0.5)
    assert "version 2" in found.expected


def test_a_failure_may_be_what_is_expected() -> None:
    assert told(a_test(code=3), 3, "", 0).passed


@pytest.mark.parametrize(
    ("more", "hint"), [({"timed_out": True}, "`timeout` of the test"), ({"met": "memory"}, "raise `memory`")]
)
def test_what_was_ended_has_not_passed_and_says_what_to_do(more: dict[str, object], hint: str) -> None:
    found = judge("jq", a_test(), ended(**more), log=b"so far\n", rule=RULE, seconds=1)
    assert (found.passed, found.code) == (False, ENDED)
    assert found.output.startswith("so far\n")
    assert hint in found.output.splitlines()[-1]


def test_a_limit_that_a_program_met_is_told() -> None:
    found = judge("jq", a_test(), ended(1), log=b"tail: memory exhausted\n", rule=RULE, seconds=1)
    assert "[components.jq.build]" in found.output


def test_of_what_passed_nothing_but_its_output_is_told() -> None:
    log = f"{WEAK}no walls\ntail: memory exhausted\n".encode()
    found = judge("jq", a_test(match="^tail: memory exhausted$"), ended(), log=log, rule=RULE, seconds=1)
    assert (found.passed, found.output) == (True, "tail: memory exhausted")
