"""Components known not to build (`build.failure.expected`): their failure is told and stops nobody; so is their success."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from headwater.build.turn import component_of
from headwater.config.model import BuildRule
from headwater.errors import Failure
from headwater.progress import step

NOTHING = BuildRule()


def unexpected(broken: Mapping[str, Failure], rules: Mapping[str, BuildRule]) -> dict[str, Failure]:
    """Failures that nobody expected. One that needs what was expected to fail is among them, unless it is expected itself."""
    return {name: failure for name, failure in broken.items() if not rules.get(component_of(name), NOTHING).failure.expected}


def tell(broken: Mapping[str, Failure], built: Collection[str], rules: Mapping[str, BuildRule]) -> None:
    """Say which failures were expected, with what went wrong, and which expected ones did not come."""
    for name, rule in sorted(rules.items()):
        if not rule.failure.expected:
            continue
        if name in broken:
            problem = broken[name].problems[0]
            with step("expected", f"failure of {name}", reason=f"{rule.failure.expected_reason}: {problem.what}") as work:
                work.note(problem.why)
        elif name in built:
            with step("unexpected", f"success of {name}", reason="take its `build.failure` out"):
                pass
