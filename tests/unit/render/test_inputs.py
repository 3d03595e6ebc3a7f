"""What a component is rendered from, by name: what counts moves its digest, what explains does not."""

from pathlib import Path

import msgspec
import pytest

from headwater.config.components import CheckRule, HintsRule
from headwater.config.model import (
    BuildRule,
    Component,
    Custom,
    Distro,
    DistroRef,
    DistroVersion,
    OverlayMode,
    Project,
    SourceFile,
    SpecSource,
    SpecType,
)
from headwater.config.overlays import FileAdd, SpecSetTag
from headwater.origin import Origin
from headwater.render import Inputs

REF = DistroRef(name="fedora", snapshot="2026-01-01T00:00:00Z")
PLAIN = Component(name="jq", spec=SpecSource(type=SpecType.UPSTREAM, upstream_distro=REF), overlay_mode=OverlayMode.STRICT)
TAG = SpecSetTag(tag="License", value="MIT", description="wrong", where=Origin(file="a.toml", line=3))


def project(root: Path = Path("/nowhere"), release: str = "43") -> Project:
    fedora = Distro(default_version="43", versions={"43": DistroVersion(release_ver=release)})
    return Project(root=root, distros={"fedora": fedora})


def of(component: Component, given: Project | None = None) -> dict[str, str]:
    return Inputs(given or project()).of(component)


def with_(**fields: object) -> Component:
    return msgspec.structs.replace(PLAIN, **fields)


def moved(one: Component, other: Component) -> set[str]:
    """Names of the inputs that differ."""
    before, after = of(one), of(other)
    return {name for name in {**before, **after} if before.get(name) != after.get(name)}


def test_a_component_without_deviations_has_few_inputs() -> None:
    assert of(PLAIN) == {"rules": "1", "release-ver": "43"}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"overlays": (TAG,)}, "overlay[0]"),
        ({"build": BuildRule(without=("docs",))}, "build"),
        ({"build": BuildRule(check=CheckRule(skip=True, skip_reason="no network"))}, "build"),
        ({"overlay_mode": OverlayMode.COMPAT}, "overlay-mode"),
        ({"source_files": (SourceFile(filename="a.tar.gz", origin=Custom(script="/none.sh")),)}, "source-files"),
        ({"spec": SpecSource(type=SpecType.UPSTREAM, upstream_distro=REF, upstream_name="jq1")}, "upstream-name"),
    ],
)
def test_what_is_in_the_spec_is_an_input(fields: dict[str, object], name: str) -> None:
    assert name in moved(PLAIN, with_(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"description": "JSON"},
        {"where": Origin(file="elsewhere.toml", line=9)},
        {"build": BuildRule(timeout=9, hints=HintsRule(expensive=True))},
        {
            "spec": SpecSource(
                type=SpecType.UPSTREAM, upstream_distro=msgspec.structs.replace(REF, snapshot="2030-01-01T00:00:00Z")
            )
        },
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_only_explains_or_decides_on_a_commit_is_none(fields: dict[str, object]) -> None:
    assert moved(PLAIN, with_(**fields)) == set()


def test_another_release_of_the_distribution_is_another_input() -> None:
    assert of(PLAIN, project(release="44"))["release-ver"] == "44"


def test_an_overlay_counts_by_what_it_does() -> None:
    said = msgspec.structs.replace(TAG, description="for another reason", where=Origin(file="b.toml", line=1))
    assert moved(with_(overlays=(TAG,)), with_(overlays=(said,))) == set()
    assert moved(with_(overlays=(TAG,)), with_(overlays=(msgspec.structs.replace(TAG, value="BSD"),))) == {"overlay[0]"}


def test_overlays_count_by_their_place() -> None:
    other = SpecSetTag(tag="URL", value="a", description="why")
    assert moved(with_(overlays=(TAG, other)), with_(overlays=(other, TAG))) == {"overlay[0]", "overlay[1]"}


def test_a_file_that_an_overlay_brings_counts_by_content_and_mode_and_not_by_its_path(tmp_path: Path) -> None:
    for name, content in {"a": "one", "b": "one", "c": "two"}.items():
        (tmp_path / name).write_text(content)

    def brought(name: str) -> Component:
        return with_(overlays=(FileAdd(file="x", source=str(tmp_path / name), description="why"),))

    assert moved(brought("a"), brought("b")) == set()
    assert moved(brought("a"), brought("c")) == {"overlay[0]"}
    before = of(brought("a"))
    (tmp_path / "a").chmod(0o755)
    assert of(brought("a")) != before


def test_files_beside_a_local_spec_have_a_name_each(tmp_path: Path) -> None:
    (tmp_path / "jq.spec").write_text("Name: jq\nPatch0: a.patch\n")
    (tmp_path / "a.patch").write_text("one")
    (tmp_path / "b.patch").write_text("nobody names it")
    local = Component(name="jq", spec=SpecSource(type=SpecType.LOCAL, path="jq.spec"), overlay_mode=OverlayMode.STRICT)
    before = of(local, project(tmp_path))
    assert set(before) == {"rules", "file jq.spec", "file a.patch"}
    (tmp_path / "a.patch").write_text("two")
    after = of(local, project(tmp_path))
    assert {name for name in before if before[name] != after[name]} == {"file a.patch"}
