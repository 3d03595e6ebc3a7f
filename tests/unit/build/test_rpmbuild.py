"""The recipe: what of a spec and a rule reaches rpmbuild, and nothing else."""

import pytest

from headwater.build.rpmbuild import FIXED_TIME, MACROS, action, macro_file, recipe, rpmrc, source_date
from headwater.config.model import BuildRule
from headwater.engine import Forest

SPEC = "Name: x\n%description\n%changelog\n* Wed May 05 2021 A <a@b> - 1-1\n- one\n* Tue May 04 2021 A <a@b> - 0-1\n- none\n"


@pytest.mark.parametrize(
    ("spec", "time"),
    [
        (SPEC, 1620216000),  # noon, UTC
        (SPEC.replace("Wed May 05 2021", "Wed May 05 23:01:02 CEST 2021"), 1620216000),
        (SPEC.replace("* Wed", "# Wed"), 1620129600),
        (SPEC.replace("May 05 2021", "Mai 05 2021"), FIXED_TIME),
        ("Name: x\n", FIXED_TIME),
        ("Name: x\n%changelog\n%autochangelog\n", FIXED_TIME),
    ],
)
def test_the_time_of_a_package_is_that_of_its_changelog(spec: str, time: int) -> None:
    assert source_date(spec) == time


def test_a_project_can_not_take_away_what_makes_builds_repeatable() -> None:
    text = macro_file({"_buildhost": "mine", "dist": ".x", "long": "one\ntwo"})
    assert f"%_buildhost {MACROS['_buildhost']}\n" in text
    assert "%dist .x\n" in text
    assert "%long one \\\ntwo\n" in text


def test_compiler_flags_stand_in_rpmrc_alone() -> None:
    macros = {"optflags": "-O2\n  -g"}
    assert rpmrc(macros) == "optflags: x86_64 -O2 -g\n"
    assert "optflags" not in macro_file(macros)
    assert rpmrc({}) == ""


def test_limits_are_part_of_the_action() -> None:
    root = Forest().empty
    small = recipe("x.spec", SPEC, BuildRule(memory=100, disk=50, timeout=7))
    assert "-v 102400 -f 51200" in small.script
    assert action(small, root).timeout == 7
    assert recipe("x.spec", SPEC, BuildRule()).script != small.script


def test_a_spec_name_is_data_for_the_shell() -> None:
    assert "'/build/SPECS/a b;c.spec'" in recipe("a b;c.spec", SPEC, BuildRule()).script
