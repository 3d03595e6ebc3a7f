"""The project as data: what the TOML says, merged, checked and typed. Nothing here reads a file.

Keys are azldev's (see docs/reference/format) unless a class says "ours". Paths are absolute when a Project is complete.
"""

from enum import Enum
from pathlib import Path
from typing import Annotated

from headwater.config.components import (
    BootstrapRule,
    BuildRule,
    CheckRule,
    Component,
    ComponentGroup,
    OverlayMode,
    ReleaseRule,
    RenderRule,
    Reproducible,
)
from headwater.config.distros import Distro, DistroVersion
from headwater.config.ground import OURS, LocalPath, Rule
from headwater.config.images import ImageRule
from headwater.config.packages import PackageGroup, PackageRule, PublishRule
from headwater.config.policy import PackagePolicy, Policy
from headwater.config.resources import Resources
from headwater.config.servers import CacheRule, EngineRule
from headwater.config.sources import (
    Custom,
    DebianPool,
    DistroRef,
    Download,
    OverlayOrigin,
    PyPI,
    Source,
    SourceFile,
    SpecSource,
    SpecType,
)
from headwater.config.suites import Test, TestGroup, TestSuite
from headwater.config.workshop import BridgeRule, BuildRootRule, ToolboxRule

__all__ = [
    "BootstrapRule",
    "BuildRule",
    "CheckRule",
    "CheckedIn",
    "Component",
    "ComponentGroup",
    "Custom",
    "DebianPool",
    "Distro",
    "DistroRef",
    "DistroVersion",
    "Download",
    "OverlayMode",
    "OverlayOrigin",
    "PackageGroup",
    "PackageRule",
    "Project",
    "ProjectRule",
    "PublishRule",
    "PyPI",
    "ReleaseRule",
    "RenderRule",
    "Reproducible",
    "Source",
    "SourceFile",
    "SpecSource",
    "SpecType",
    "Tools",
]


class CheckedIn(Enum):
    """Whose rendered folders are checked in (ours); of the others only digests are, in `rendered.lock`."""

    ALL = "all"
    OURS = "ours"  # those of specs that the project itself wrote


class ProjectRule(Rule, frozen=True, kw_only=True):
    description: str = ""
    log_dir: LocalPath = "build/logs"
    work_dir: LocalPath = "build/work"
    output_dir: LocalPath = "out"
    rendered_specs_dir: LocalPath = "specs"
    lock_dir: LocalPath = "locks"
    key_dir: Annotated[LocalPath, OURS] = "keys"  # ours: signing keys, made on first use, never committed
    checked_in: Annotated[CheckedIn, OURS] = CheckedIn.ALL
    image_lock: Annotated[LocalPath, OURS] = "images.lock"  # ours: in force once `hw image update` has written it
    build_root_lock: Annotated[LocalPath, OURS] = "build-roots.lock"  # ours: in force once `hw build --lock` has written it
    results_signed_by: Annotated[tuple[LocalPath, ...], OURS] = ()  # ours: OpenPGP certificates
    default_distro: DistroRef | None = None
    default_author_email: str = ""


class ImageCustomizer(Rule, frozen=True, kw_only=True, rename="camel"):
    container_tag: str = ""


class Tools(Rule, frozen=True, kw_only=True, rename="camel"):
    """Settings of other people's tools; read and kept, not used."""

    image_customizer: ImageCustomizer = ImageCustomizer()


class Project(Rule, frozen=True, kw_only=True):
    """Everything that the TOML files of one project say."""

    root: Path
    files: tuple[Path, ...] = ()  # every TOML file that was read, in order
    outside: tuple[Path, ...] = ()  # paths of other files and folders that its tables name and that do not lie below `root`
    project: ProjectRule = ProjectRule()
    distros: dict[str, Distro] = {}
    resources: Resources = Resources()
    component_groups: dict[str, ComponentGroup] = {}
    components: dict[str, Component] = {}
    default_package_config: PackageRule = PackageRule()
    package_groups: dict[str, PackageGroup] = {}
    toolbox: ToolboxRule = ToolboxRule()
    bridge: BridgeRule = BridgeRule()
    build_root: BuildRootRule = BuildRootRule()
    images: dict[str, ImageRule] = {}
    policy: Policy = Policy()
    package_policy: PackagePolicy = PackagePolicy()
    engine: EngineRule = EngineRule()
    cache: CacheRule = CacheRule()
    test_suites: dict[str, TestSuite] = {}
    tests: dict[str, Test] = {}
    test_groups: dict[str, TestGroup] = {}
    tools: Tools = Tools()

    @property
    def distro(self) -> Distro:
        """The distribution that the project makes: `default-distro` (checked to exist)."""
        assert self.project.default_distro, "config.check lets no project pass without a default-distro"
        return self.distros[self.project.default_distro.name]

    @property
    def name(self) -> str:
        """Of the distribution, as file names and registries have it."""
        return self.project.default_distro.name if self.project.default_distro else "headwater"

    @property
    def version(self) -> str:
        assert self.project.default_distro
        return self.project.default_distro.version or self.distro.default_version

    @property
    def output(self) -> Path:
        return self.root / self.project.output_dir

    @property
    def keys(self) -> Path:
        return self.root / self.project.key_dir
