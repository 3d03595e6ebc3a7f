"""Which package goes to which channel, and what can not be published."""

import pytest

from headwater.config.model import Component, PackageRule, PublishRule
from headwater.errors import Failure, Kind
from headwater.repo import select
from headwater.rpm.model import Rpm


def rpm(name: str, *, arch: str = "x86_64", origin: str = "built", component: str = "jq", digest: str = "0" * 64) -> Rpm:
    return Rpm(name=name, version="1", release="1", arch=arch, digest=digest, size=1, origin=origin, component=component)


@pytest.mark.parametrize(
    ("package", "channel"),
    [
        (rpm("jq"), "base"),
        (rpm("jq", arch="src"), "source"),
        (rpm("jq-debuginfo"), "debug"),
        (rpm("jq-debugsource"), "debug"),
        (rpm("debuginfod", origin="bridge"), "base"),
        (rpm("libc6", arch="aarch64", origin="bridge"), "base-aarch64"),
        (rpm("tzdata", arch="noarch", origin="bridge"), "base"),
    ],
)
def test_a_packages_nature_decides(package: Rpm, channel: str) -> None:
    found = select([package])
    assert found[channel] == (package,)
    assert sum(len(packages) for packages in found.values()) == 1
    assert {"base", "debug", "source"} <= set(found)


def test_the_project_decides_before_that_and_the_package_before_its_component() -> None:
    rules = {"jq-extra": PackageRule(publish=PublishRule(rpm_channel="extra"))}
    component = Component(name="jq", publish=PublishRule(rpm_channel="none", srpm_channel="sources"), packages=rules)
    found = select([rpm("jq"), rpm("jq-extra"), rpm("jq", arch="src"), rpm("jq-debuginfo")], {"jq": component})
    names = {channel: [one.name for one in packages] for channel, packages in found.items()}
    assert names == {"base": [], "debug": ["jq-debuginfo"], "source": [], "extra": ["jq-extra"], "sources": ["jq"]}


def test_rules_of_a_component_do_not_touch_bridged_packages_of_the_same_source() -> None:
    component = Component(name="jq", publish=PublishRule(rpm_channel="none"))
    assert len(select([rpm("jq", origin="bridge")], {"jq": component})["base"]) == 1


def test_two_files_of_one_name_and_names_that_are_paths_are_refused() -> None:
    with pytest.raises(Failure) as caught:
        select([rpm("jq"), rpm("jq", origin="bridge", digest="1" * 64), rpm("../jq"), rpm(".jq")])
    assert [problem.kind for problem in caught.value.problems] == [Kind.REPOSITORY] * 3
    assert "bridge" in caught.value.problems[-1].why


def test_order_does_not_matter() -> None:
    packages = [rpm("b"), rpm("a"), rpm("a", arch="src")]
    assert select(packages) == select(packages[::-1])
