"""The plan: what is built, and the reason in words."""

from headwater.build.fingerprint import difference
from headwater.build.plan import Facts, plan

BEFORE = {"source/jq.spec": "1", "package/gcc": "aa gcc-15-1.x86_64", "package/bash": "bb bash-5-1.x86_64", "recipe": "r"}


def facts(component: str, *needs: str, inputs: dict[str, str] | None = BEFORE, kept: bool = False, built: bool = True) -> Facts:
    return Facts(component=component, needs=needs, inputs=inputs, before=BEFORE if built else None, kept=kept)


def test_what_is_kept_is_not_built_unless_asked_for() -> None:
    kept = facts("jq", kept=True)
    assert [(one.build, one.reason) for one in plan([kept])] == [(False, "cached")]
    assert [(one.build, one.reason) for one in plan([kept], force=["jq"])] == [(True, "asked for")]


def test_a_component_never_built_is_new() -> None:
    assert plan([facts("jq", built=False)])[0].reason == "new"


def test_a_result_that_was_thrown_away_is_made_again() -> None:
    (step,) = plan([facts("jq")])
    assert step.build
    assert "gone" in step.reason


def test_a_component_waits_for_what_it_needs() -> None:
    steps = plan([facts("oniguruma", inputs={**BEFORE, "source/jq.spec": "2"}), facts("jq", "oniguruma", inputs=None)])
    assert [one.build for one in steps] == [True, True]
    assert steps[1].reason == "after oniguruma"


def test_the_difference_names_what_changed() -> None:
    assert difference(BEFORE, BEFORE) == ""
    assert difference(None, BEFORE) == "new"
    assert (
        difference(BEFORE, {**BEFORE, "source/jq.spec": "2", "archive/jq.tar.gz": "x"}) == "source changed: jq.tar.gz, jq.spec"
    )
    changed = {
        **BEFORE,
        "package/gcc": "cc gcc-16-1.x86_64",
        "package/bash": "dd bash-5-1.x86_64",
        "package/new": "ee n-1-1.x86_64",
    }
    assert (
        difference(BEFORE, changed) == "build root changed: bash was made anew, gcc-15-1.x86_64 -> gcc-16-1.x86_64, new is new"
    )
    assert difference(BEFORE, {**BEFORE, "recipe": "s"}) == "recipe changed: recipe"
