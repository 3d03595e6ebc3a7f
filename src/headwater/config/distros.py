"""The distributions a project knows: the one it makes, and those it takes packages from."""

from typing import Annotated

from headwater.config.components import Component
from headwater.config.ground import OURS, FileUri, LocalPath, Rule


class PackageRepository(Rule, frozen=True, kw_only=True):
    base_uri: str


class Input(Rule, frozen=True, kw_only=True):
    """A repository or a set of repositories: one of the two."""

    repo: str = ""
    set: str = ""


class Inputs(Rule, frozen=True, kw_only=True):
    """What builds of packages and of images draw from, in order."""

    rpm_build: tuple[Input, ...] = ()
    image_build: tuple[Input, ...] = ()


class DistroVersion(Rule, frozen=True, kw_only=True, rename={
    "release_ver": "release-ver", "dist_git_branch": "dist-git-branch", "default_component_config": "default-component-config",
    "mock_config": "mock-config", "mock_config_x86_64": "mock-config-x86_64", "mock_config_aarch64": "mock-config-aarch64",
    "kiwi_config_override": "kiwi-config-override",
}):  # fmt: skip
    """One release. `dist-git-branch` is the branch (or tag) that its packages are taken from."""

    description: str = ""
    release_ver: str = ""
    dist_git_branch: str = ""
    default_component_config: Component | None = None
    mock_config: LocalPath = ""
    mock_config_x86_64: LocalPath = ""
    mock_config_aarch64: LocalPath = ""
    kiwi_config_override: LocalPath = ""
    inputs: Inputs = Inputs()


class Distro(Rule, frozen=True, kw_only=True):
    """Where it keeps its packages: `dist-git-base-uri` (one repository each, `$pkg` stands for the name) or, ours,
    `spec-tree-uri` (one repository or folder for all, each package in `spec-tree-path`).

    `lookaside-mirrors` (ours) are asked after `lookaside-base-uri`, in order. `vendor`, `home-url`, `bug-url` (ours) go into
    os-release and package headers.
    """

    description: str = ""
    default_version: str = ""
    dist_git_base_uri: str = ""
    spec_tree_uri: Annotated[FileUri, OURS] = ""
    spec_tree_path: Annotated[str, OURS] = "SPECS/$pkg"
    lookaside_base_uri: str = ""
    lookaside_mirrors: Annotated[tuple[str, ...], OURS] = ()
    repos: tuple[PackageRepository, ...] = ()
    disable_origins: bool = False
    versions: dict[str, DistroVersion] = {}
    vendor: Annotated[str, OURS] = ""
    home_url: Annotated[str, OURS] = ""
    bug_url: Annotated[str, OURS] = ""
