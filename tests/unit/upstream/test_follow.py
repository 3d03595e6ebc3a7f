"""From a component's words to an address."""

import msgspec
import pytest

from headwater.config.model import Component, Distro, DistroRef, DistroVersion, SpecSource, SpecType
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.upstream import follow, resolution_hash

FEDORA = Distro(
    default_version="43",
    dist_git_base_uri="https://src.invalid/rpms/$pkg.git",
    versions={"43": DistroVersion(dist_git_branch="f43"), "none": DistroVersion()},
)
MARINER = Distro(
    default_version="2",
    spec_tree_uri="/srv/azl",
    spec_tree_path="SPECS/$pkg",
    versions={"2": DistroVersion(dist_git_branch="main")},
)
DISTROS = {"fedora": FEDORA, "mariner": MARINER, "empty": Distro(default_version="1", versions={"1": DistroVersion()})}
SNAPSHOT = "2025-01-01T00:00:00Z"


def component(distro: str = "fedora", version: str = "", snapshot: str = "", name: str = "jq", **spec: str) -> Component:
    ref = DistroRef(name=distro, version=version, snapshot=snapshot)
    return Component(
        name=name, spec=SpecSource(type=SpecType.UPSTREAM, upstream_distro=ref, **spec), where=Origin(file="a.toml")
    )


def test_a_dist_git() -> None:
    found = follow(component(snapshot=SNAPSHOT, upstream_name="jq1+"), DISTROS)
    assert (found.kind, found.name, found.url, found.branch) == ("dist-git", "jq1+", "https://src.invalid/rpms/jq1+.git", "f43")
    assert found.snapshot == SNAPSHOT


def test_a_spec_tree() -> None:
    found = follow(component("mariner"), DISTROS)
    assert (found.kind, found.url, found.path) == ("spec-tree", "file:///srv/azl", "SPECS/jq")


def test_a_spec_tree_by_first_letters() -> None:
    tree = Distro(default_version="4", spec_tree_uri="https://a.invalid/azl", spec_tree_path="specs/$first/$pkg")
    tree = msgspec.structs.replace(tree, versions={"4": DistroVersion(dist_git_branch="4.0")})
    assert follow(component("azl", name="ImageMagick"), {"azl": tree}).path == "specs/i/ImageMagick"


def test_a_component_without_a_distribution_has_the_default() -> None:
    found = follow(Component(name="jq", spec=SpecSource(type=SpecType.UPSTREAM)), DISTROS, DistroRef(name="fedora"))
    assert found.branch == "f43"


@pytest.mark.parametrize(
    "one",
    [
        component("debian"),
        component("fedora", "44"),
        component("fedora", "none"),
        component("empty"),
        component(snapshot="yesterday"),
        component(snapshot="2025-01-01T00:00:00"),
        component(upstream_commit="HEAD"),
        component(upstream_commit="--output=x"),
        component(upstream_name="$pkg"),
        component("mariner", upstream_name="../../etc"),
        component("mariner", upstream_name=".."),
        component("mariner", upstream_name="a/./b"),
    ],
)
def test_what_leads_nowhere_is_told_with_its_place(one: Component) -> None:
    with pytest.raises(Failure) as caught:
        follow(one, DISTROS)
    assert caught.value.kind is Kind.CONFIG
    assert caught.value.problems[0].where == Origin(file="a.toml")


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        ({}, "4072b42062202e93c1430f7e1d96cca432d0e8214b0dc1bdfb1a52a106f22bca"),
        ({"upstream_name": "p3"}, "a335520d7422ef8866b0874cf91facdedeb5450b015bf5fb118d61eb54fd296b"),
        (
            {"upstream_commit": "f09b1a12dd45b6db5d280d4c523e6a019f841ded"},
            "9bdb98257b50f795311526595f3535edda43c0d3567dd94c882794a7a684afb0",
        ),
    ],
)
def test_azldevs_digest_of_all_that_decides(spec: dict[str, str], wanted: str) -> None:
    """What azldev 0.3 wrote into locks of a project with these very words."""
    distro = Distro(dist_git_base_uri="file:///srv/rpms/$pkg.git", versions={"1": DistroVersion(dist_git_branch="f43")})
    one = component("x", "1", SNAPSHOT, **spec)
    ref = one.spec.upstream_distro
    assert ref
    assert resolution_hash(one, ref, distro, distro.versions["1"]) == f"sha256:{wanted}"
