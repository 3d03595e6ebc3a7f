"""How a test of packages ended: whether that is what was expected, what it said, and by which limit it was ended."""

from __future__ import annotations

import re2

from headwater.build.limits import limit_met
from headwater.build.weak import without_weakness
from headwater.command import tail
from headwater.config.model import BuildRule
from headwater.config.suites import PackageTest
from headwater.engine import Outcome
from headwater.report import CheckResult

LINES = 200  # of the output, that a result keeps
ENDED = -1  # the exit code of what did not end by itself


def judge(component: str, test: PackageTest, outcome: Outcome, *, log: bytes, rule: BuildRule, seconds: float) -> CheckResult:
    """The answer to a component's test; `rule` has the limits that held it, `seconds` is how long it took."""
    output = tail(without_weakness(log), lines=LINES)
    code = ENDED if outcome.timed_out or outcome.met else outcome.code
    answer = told(test, code, output, seconds)
    limit = None if answer.passed else limit_met(component, outcome, output, rule)
    if not limit:
        return answer
    hint = "raise `timeout` of the test, in seconds" if limit.key == "timeout" else limit.hint
    lines = [output, limit.what, f"hint: {hint}" if hint else ""]
    return told(test, code, "\n".join(filter(None, lines)), seconds)


def told(test: PackageTest, code: int, output: str, seconds: float) -> CheckResult:
    """Whether that is what was expected."""
    matched = not test.match or re2.search(test.match, output) is not None
    return CheckResult(
        name=test.name,
        family="use",
        reason=test.reason,
        expected=f"exit code {test.code}" + (f" and output that matches `{test.match}`" if test.match else ""),
        passed=code == test.code and matched,
        command=test.command,
        code=code,
        output=output,
        seconds=seconds,
    )
