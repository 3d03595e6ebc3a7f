"""Alki's components from real archives of the mirror and the package index, into an empty store."""

from pathlib import Path

import pytest

from headwater.config import load
from headwater.config.model import Project, SpecType
from headwater.render import diff, drift, render
from headwater.render.model import RenderedPackage
from headwater.store import Store
from headwater.upstream import take

DISTRO = Path(__file__).parents[2] / "distro" / "headwater.toml"

pytestmark = pytest.mark.mirror


@pytest.fixture(scope="module")
def project() -> Project:
    return load(DISTRO)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("derive"))


def derive(project: Project, store: Store, *, offline: bool) -> tuple[RenderedPackage, ...]:
    key = {"alki-signing-key.asc": b"a key of this machine"}
    return tuple(
        render(
            component,
            take(component, store, root=project.root, offline=offline),
            store,
            extra_files=key if name == "alki-repos" else None,
        )
        for name, component in sorted(project.components.items())
    )


@pytest.fixture(scope="module")
def packages(project: Project, empty: Store) -> tuple[RenderedPackage, ...]:
    return derive(project, empty, offline=False)


def test_what_is_checked_in_is_what_is_rendered(project: Project, packages: tuple[RenderedPackage, ...]) -> None:
    assert drift(project, packages) == ()


def test_the_second_time_needs_no_network_and_gives_the_same(
    project: Project, packages: tuple[RenderedPackage, ...], empty: Store
) -> None:
    again = derive(project, empty, offline=True)
    assert {one.component: one.digest for one in again} == {one.component: one.digest for one in packages}


def test_eight_specs_are_upstreams_own(project: Project, packages: tuple[RenderedPackage, ...]) -> None:
    theirs = [one for one in packages if project.components[one.component].spec.type is SpecType.ARCHIVE]
    assert len(theirs) >= 8
    assert all(one.changes for one in theirs)


def test_every_change_says_why_and_where(packages: tuple[RenderedPackage, ...]) -> None:
    for package in packages:
        said = diff(package)
        for change in package.changes:
            assert len(change.description) > 10, f"{change.where}: {change.description}"
            assert change.where.file.startswith("components/")
            assert change.where.line
        assert (f"+++ b/{package.component}/" in said) == bool(package.changes)
