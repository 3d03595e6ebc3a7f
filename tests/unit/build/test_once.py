"""Options of one build: what becomes of the rules of the components named."""

from pathlib import Path

from headwater.build import Once, apply_once
from headwater.config.model import BuildRule, Component, Project

RULE = BuildRule(with_=("docs",), without=("tests",), defines={"a_b": "1", "dist": ".x"}, undefines=("vendor",))
PROJECT = Project(root=Path(), components={name: Component(name=name, build=RULE) for name in ("jq", "pigz")})


def test_what_is_given_once_wins_over_what_the_project_says() -> None:
    once = Once(names=("jq",), with_=("tests",), without=("docs",), defines={"dist": ".y", "vendor": "me"}, no_check=True)
    changed = apply_once(once, PROJECT)
    rule = changed.components["jq"].build
    assert (rule.with_, rule.without) == (("tests",), ("docs",))
    assert rule.defines == {"a_b": "1", "dist": ".y", "vendor": "me"}
    assert rule.undefines == ()
    assert rule.check.skip
    assert rule.check.skip_reason
    assert changed.components["pigz"] == PROJECT.components["pigz"]
    assert set(once.apart(PROJECT)) == {"jq"}


def test_without_options_all_is_as_always() -> None:
    assert apply_once(Once(names=("jq",)), PROJECT) is PROJECT
    assert not Once(names=("jq",)).apart(PROJECT)
    assert set(Once(local=Path("rpms")).apart(PROJECT)) == {"jq", "pigz"}
