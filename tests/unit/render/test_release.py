"""How a release is made: left, bumped or counted; and what contradicts itself."""

from pathlib import Path

import pytest

from headwater.config import load
from headwater.config.model import Component, OverlayMode, ReleaseRule
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.render.release import Way, bump, said_at, uses_autorelease, way_of

SPEC = "Name: a\nVersion: 1\nRelease: {}\n%description\nx\n%changelog\n"


def component(calculation: str = "auto", mode: OverlayMode = OverlayMode.COMPAT) -> Component:
    return Component(name="a", release=ReleaseRule(calculation=calculation), overlay_mode=mode)


@pytest.mark.parametrize(
    ("value", "counts"),
    [
        ("%autorelease", True),
        ("%{autorelease}", True),
        ("%{?autorelease}", True),
        ("%{autorelease -b 3}", True),
        ("%autorelease -p", True),
        ("0%autorelease", True),
        ("%{?autorelease:x}", False),
        ("%autoreleases", False),
        ("1%{?dist}", False),
    ],
)
def test_what_counts_as_autorelease(value: str, counts: bool) -> None:  # noqa: FBT001 a table of cases
    assert uses_autorelease(SPEC.format(value)) is counts


@pytest.mark.parametrize(
    ("value", "calculation", "way"),
    [
        ("%autorelease", "auto", Way.COUNTED),
        ("%autorelease", "manual", Way.COUNTED),  # rpm itself knows no such macro
        ("1%{?dist}", "auto", Way.BUMPED),
        ("1", "static", Way.BUMPED),
        ("1", "manual", Way.LEFT),
        ("1", "autorelease", Way.LEFT),
    ],
)
def test_the_way_follows_from_settings_and_spec(value: str, calculation: str, way: Way) -> None:
    assert way_of(component(calculation), SPEC.format(value)) is way


def test_azldev_gives_every_spec_a_changelog_and_we_only_those_that_ask() -> None:
    bare = SPEC.format("1").removesuffix("%changelog\n")
    assert way_of(component(), bare) is Way.BOTH
    assert way_of(component("manual"), bare) is Way.COUNTED
    assert way_of(component(mode=OverlayMode.STRICT), bare) is Way.BUMPED
    assert way_of(component(mode=OverlayMode.STRICT), f"{bare}%changelog\n%autochangelog\n") is Way.BOTH


@pytest.mark.parametrize(("way", "bumps", "counts"), [("LEFT", 0, 0), ("BUMPED", 1, 0), ("COUNTED", 0, 1), ("BOTH", 1, 1)])
def test_a_number_may_be_raised_and_the_changelog_counted(way: str, bumps: int, counts: int) -> None:
    assert (Way[way].bumps, Way[way].counts) == (bool(bumps), bool(counts))


def test_static_contradicts_autorelease() -> None:
    with pytest.raises(Failure) as caught:
        way_of(component("static"), SPEC.format("%autorelease"))
    assert caught.value.kind is Kind.CONFIG
    assert "autorelease" in caught.value.problems[0].hint


@pytest.mark.parametrize(
    ("value", "times", "expected"),
    [("1%{?dist}", 2, "3%{?dist}"), ("09%{dist}", 1, "10%{dist}"), ("7", 1, "8"), ("1%{?dist}.2", 0, "1%{?dist}.2")],
)
def test_a_plain_number_is_raised(value: str, times: int, expected: str) -> None:
    assert f"Release: {expected}\n" in bump(component(), SPEC.format(value), times)


def test_every_release_is_written_and_the_last_one_read() -> None:
    text = "Name: a\n%if 1\nRelease: 1\n%else\nRelease: 5%{?dist}\n%endif\n%description\n"
    assert bump(component(), text, 1).count("Release: 6%{?dist}\n") == 2


@pytest.mark.parametrize("value", ["1%{?dist}.1", "%{rel}", "1.2"])
def test_what_is_no_plain_number_is_not_raised(value: str) -> None:
    with pytest.raises(Failure) as caught:
        bump(component(), SPEC.format(value), 1)
    assert caught.value.kind is Kind.CONFIG
    assert "manual" in caught.value.problems[0].hint


@pytest.mark.parametrize(
    ("key", "line"), [("default-component-config.release", 4), ("components.ab.release", 4), ("components.a.release", 9)]
)
def test_a_release_is_blamed_on_the_component_itself(key: str, line: int) -> None:
    own = Origin(file="a.toml", line=4, key="components.a")
    rule = ReleaseRule(where=Origin(file="x.toml", line=9, key=key))
    where = said_at(Component(name="a", where=own, release=rule))
    assert where
    assert where.line == line


def test_a_number_that_cannot_be_raised_is_no_fault_of_the_defaults(tmp_path: Path) -> None:
    distro = '[project]\ndefault-distro = { name = "x" }\n[distros.x]\ndefault-version = "1"\n[distros.x.versions.1]\n'
    text = f'{distro}[components.a]\nspec = {{ type = "local", path = "a.spec" }}\n'
    (tmp_path / "headwater.toml").write_text(text)
    (tmp_path / "a.spec").write_text(SPEC)
    with pytest.raises(Failure) as caught:
        bump(load(tmp_path).components["a"], SPEC.format("1.2"), 1)
    assert str(caught.value.problems[0].where).startswith("headwater.toml:6")
