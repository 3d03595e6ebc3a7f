"""Macros that tell a spec which version and release of Fedora's it was made from."""

from pathlib import Path

import pytest

from headwater.config.model import (
    BuildRule,
    Component,
    Distro,
    DistroRef,
    DistroVersion,
    Project,
    ProjectRule,
    SpecSource,
    SpecType,
)
from headwater.render import provenance
from headwater.upstream.model import LooseFile, Pin, SourceTree

VERSIONS = {"43": DistroVersion(release_ver="43"), "rawhide": DistroVersion(release_ver="eln")}
PROJECT = Project(
    root=Path("/nowhere"),
    project=ProjectRule(default_distro=DistroRef(name="alki")),
    distros={
        "fedora": Distro(default_version="43", versions=VERSIONS),
        "alki": Distro(default_version="1", versions={"1": DistroVersion(release_ver="1")}),
    },
)


FEDORA = SpecSource(type=SpecType.UPSTREAM, upstream_distro=DistroRef(name="fedora"))
RAWHIDE = SpecSource(type=SpecType.UPSTREAM, upstream_distro=DistroRef(name="fedora", version="rawhide"))
ALKI = SpecSource(type=SpecType.UPSTREAM, upstream_distro=DistroRef(name="alki"))
LOCAL = SpecSource(type=SpecType.LOCAL, path="jq.spec")


def told(release: str, spec: SpecSource = FEDORA, *, wanted: bool = True) -> dict[str, str]:
    component = Component(name="jq", spec=spec, build=BuildRule(emit_upstream_provenance=wanted))
    files = {"jq.spec": LooseFile(content=f"Name: jq\nVersion: 1.7\nRelease: {release}\n".encode())}
    pin = Pin(kind="dist-git", name="jq", digest="0")
    return provenance(component, SourceTree(component="jq", spec="jq.spec", files=files, pin=pin), PROJECT)


@pytest.mark.parametrize("dist", ["%{?dist}", "%{dist}"])
def test_version_and_release_with_fedoras_own_dist(dist: str) -> None:
    assert told(f"3{dist}") == {"fedora_upstream_version": "1.7", "fedora_upstream_release": "3.fc43"}


def test_a_release_that_is_counted_is_not_told() -> None:
    assert told("%autorelease") == {"fedora_upstream_version": "1.7"}


@pytest.mark.parametrize("spec", [LOCAL, ALKI, RAWHIDE], ids=["local", "another distribution", "no number"])
def test_there_is_none_where_it_is_not_fedoras(spec: SpecSource) -> None:
    assert told("3%{?dist}", spec) == {}


def test_there_is_none_where_nobody_asked() -> None:
    assert told("3%{?dist}", wanted=False) == {}
