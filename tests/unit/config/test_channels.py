"""Into which channel a package goes: from low to high the project, the component, the group, the package."""

from pathlib import Path

import pytest

from headwater.config import Component
from headwater.config.model import ComponentGroup, Project
from headwater.config.packages import PackageGroup, PackageRule, PublishRule
from headwater.config.verbs import Channels
from headwater.errors import Failure, Kind
from headwater.origin import Origin


def rule(rpm: str = "", debug: str = "", old: str = "", line: int = 0) -> PackageRule:
    publish = PublishRule(rpm_channel=rpm, debuginfo_channel=debug, channel=old)
    return PackageRule(publish=publish, where=Origin(file="a.toml", line=line))


def project(**components: Component) -> Project:
    return Project(
        root=Path("/nowhere"),
        default_package_config=rule("base", "debug"),
        package_groups={"sdk": PackageGroup(packages=("jq-devel", "onig"), default_package_config=rule("sdk"))},
        component_groups={"b": ComponentGroup(components=("jq",)), "a": ComponentGroup(components=("jq",))},
        components=components,
    )


JQ = Component(
    name="jq",
    publish=PublishRule(rpm_channel="extra"),
    packages={"jq-doc": rule("docs"), "jq-devel": rule(old="mine"), "libjq": rule()},
)


@pytest.mark.parametrize(
    ("package", "component", "channel"),
    [
        ("curl", "curl", "base"),
        ("jq", "jq", "extra"),
        ("onig", "jq", "sdk"),
        ("jq-doc", "jq", "docs"),
        ("jq-devel", "jq", "mine"),  # azldev's old word, and the package before its group
        ("libjq", "jq", "extra"),  # an entry that says nothing
        ("jq-debuginfo", "jq", "debug"),  # what is said of packages is not said of their debug packages
        ("jq-debugsource", "curl", "debug"),
    ],
)
def test_the_nearest_word_counts(package: str, component: str, channel: str) -> None:
    assert Channels(project(jq=JQ)).of(package, component) == channel


def test_a_package_kept_back_is_not_one_without_a_channel() -> None:
    kept = Component(name="jq", publish=PublishRule(rpm_channel="none"))
    assert Channels(project(jq=kept)).of("jq", "jq") == "none"


def test_who_makes_a_package() -> None:
    channels = Channels(project(jq=JQ, onig=Component(name="onig")))
    assert channels.component_of("libjq") == "jq"
    assert channels.component_of("onig") == "onig", "by its name, where nobody lists it"
    assert channels.component_of("curl") == ""
    assert channels.named() == ["jq-devel", "jq-doc", "libjq", "onig"]


def test_groups_are_in_order() -> None:
    assert Channels(project(jq=JQ)).groups_of() == {"jq": ["a", "b"]}


def test_a_package_has_one_component() -> None:
    one, two = (Component(name=name, packages={"libjq": rule(line=line)}) for line, name in enumerate(("jq", "jq2"), 7))
    with pytest.raises(Failure) as raised:
        Channels(project(jq=one, jq2=two))
    (problem,) = raised.value.problems
    assert (raised.value.kind, problem.where) == (Kind.CONFIG, Origin(file="a.toml", line=8))
    assert "a.toml:7" in problem.why, "the other place"
