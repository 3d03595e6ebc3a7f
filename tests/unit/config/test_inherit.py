"""What each component inherits, and in which order."""

from pathlib import Path

import pytest

from headwater.config import Component, Project, load
from headwater.config.model import SpecType
from headwater.errors import Failure, Kind

PROJECT = """\
[project]
default-distro = { name = "alki" }
[distros.alki]
default-version = "0"
versions.0.default-component-config.build = { defines = { a = "distro", b = "distro" }, without = ["distro"] }
[default-component-config]
build = { defines = { b = "project", c = "project" }, without = ["project"] }
"""
OVERLAY = '{{ type = "spec-set-tag", description = "why", tag = "{0}", value = "{0}" }}'
METADATA = '[metadata]\ncategory = "azl-compatibility"\nupstream-status = "inapplicable"\n'
SPEC = 'spec = { type = "local", path = "jq.spec" }\n'


def project(root: Path, text: str, name: str = "headwater.toml", **files: str) -> Project:
    (root / "jq.spec").write_text("Name: jq\n")
    for file, content in files.items():
        (root / f"{file}.toml").write_text(content)
    (root / name).write_text(PROJECT + text)
    return load(root)


def jq(root: Path, text: str, **files: str) -> Component:
    return project(root, text, **files).components["jq"]


def tags(component: Component) -> list[str]:
    return [overlay.tag for overlay in component.overlays]


def group(name: str, said: str) -> str:
    return f'[component-groups.{name}]\ncomponents = ["jq"]\ndefault-component-config = {{ {said} }}\n'


def test_maps_merge_and_lists_append(tmp_path: Path) -> None:
    own = 'build = { defines = { c = "own" }, without = ["own"] }\n'
    made = jq(tmp_path, group("z", 'build = { without = ["z"] }') + f"[components.jq]\n{SPEC}{own}")
    assert made.build.defines == {"a": "distro", "b": "project", "c": "own"}
    assert made.build.without == ("distro", "project", "z", "own")


def test_groups_count_in_the_order_of_their_names(tmp_path: Path) -> None:
    groups = group("z", 'release.calculation = "manual"') + group("a", 'release.calculation = "static"')
    assert jq(tmp_path, f"{groups}[components.jq]\n{SPEC}").release.calculation == "manual"


def test_what_is_empty_clears_nothing(tmp_path: Path) -> None:
    text = group("a", 'release.calculation = "static"') + f'[components.jq]\n{SPEC}release.calculation = ""\n'
    assert jq(tmp_path, text).release.calculation == "static"


def test_inherited_overlays_go_first_and_those_of_files_last(tmp_path: Path) -> None:
    files = {name: f"overlays = [{OVERLAY.format(tag)}]\n{METADATA}" for name, tag in (("b", "Fourth"), ("a", "Third"))}
    own = f'overlays = [{OVERLAY.format("Second")}]\noverlay-files = ["b.toml", "a.toml", "?.toml"]\n'
    text = group("g", f"overlays = [{OVERLAY.format('First')}]") + f"[components.jq]\n{SPEC}{own}"
    made = jq(tmp_path, text, **files)
    assert tags(made) == ["First", "Second", "Third", "Fourth"]
    assert [overlay.where.file for overlay in made.overlays if overlay.where][-2:] == ["a.toml", "b.toml"]
    assert made.overlays[2].metadata is not None, "the file's metadata is each overlay's"


def test_an_empty_list_of_overlay_files_takes_none(tmp_path: Path) -> None:
    text = group("g", 'overlay-files = ["none-*.toml"]') + f"[components.jq]\n{SPEC}overlay-files = []\n"
    assert jq(tmp_path, text).overlays == ()


def test_components_that_say_nothing_are_alike_but_for_their_names(tmp_path: Path) -> None:
    """Thousands of components that are upstream's cost no more than one."""
    fedora = """
[distros.fedora]
dist-git-base-uri = "https://a.invalid/$pkg"
versions.43 = { release-ver = "43", dist-git-branch = "f43" }
"""
    inherited = '[default-component-config.spec]\ntype = "upstream"\nupstream-distro = { name = "fedora", version = "43" }\n'
    made = project(tmp_path, f"{fedora}{inherited}[components.one]\n[components.two]\n").components
    assert list(made) == ["one", "two"] == [component.name for component in made.values()]
    assert made["one"].where != made["two"].where
    assert made["one"].build is made["two"].build
    assert made["one"].kin() == made["two"].kin()


def test_specs_that_a_group_finds_are_components(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    for name in ("gron", "skipped"):
        (tmp_path / f"specs/{name}.spec").write_text(f"Name: {name}\n")
    found = '[component-groups.ours]\nspecs = ["specs/*.spec"]\nexcluded-paths = ["specs/skipped*"]\n'
    made = project(tmp_path, found + 'default-component-config.build.without = ["group"]\n').components
    assert list(made) == ["gron"]
    assert (made["gron"].spec.type, made["gron"].spec.path) == (SpecType.LOCAL, str(tmp_path / "specs/gron.spec"))
    assert made["gron"].build.without[-1] == "group"


@pytest.mark.parametrize(
    "text",
    [
        '[component-groups.g]\ncomponents = ["jqq"]\n[components.jq]\n' + SPEC,
        '[component-groups.g]\nspecs = ["specs/*.spec"]\n[components.jq]\n' + SPEC,
        '[components.jq.spec]\ntype = "upstream"\nupstream-distro = { name = "alki", snapshot = "2025-01-01T00:00:00Z" }\n',
    ],
    ids=["unknown member", "two specs", "a moment of its own"],
)
def test_what_contradicts_itself_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/jq.spec").write_text("Name: jq\n")
    with pytest.raises(Failure) as raised:
        project(tmp_path, text)
    assert raised.value.kind is Kind.CONFIG
    assert any(problem.where and problem.where.line > PROJECT.count("\n") for problem in raised.value.problems)
