"""The files of a project as a person writes them, before layers are merged."""

from typing import Annotated

import msgspec

from headwater.config.components import Component, ComponentGroup
from headwater.config.distros import Distro
from headwater.config.ground import OURS, LocalPath, Rule
from headwater.config.images import ImageRule
from headwater.config.model import ProjectRule, Tools
from headwater.config.overlays import Metadata, Overlay
from headwater.config.packages import PackageGroup, PackageRule
from headwater.config.policy import PackagePolicy, Policy
from headwater.config.resources import Resources
from headwater.config.servers import CacheRule, EngineRule
from headwater.config.suites import Test, TestGroup, TestSuite
from headwater.config.workshop import BridgeRule, BuildRootRule, ToolboxRule


class ProjectFile(Rule, frozen=True, kw_only=True):
    """One TOML file of a project; `includes` are globs, read after this file."""

    schema: str = msgspec.field(default="", name="$schema")
    includes: tuple[LocalPath, ...] = ()
    project: ProjectRule = ProjectRule()
    distros: dict[str, Distro] = {}
    resources: Resources = Resources()
    default_component_config: Component | None = None
    component_groups: dict[str, ComponentGroup] = {}
    components: dict[str, Component] = {}
    default_package_config: PackageRule = PackageRule()
    package_groups: dict[str, PackageGroup] = {}
    images: dict[str, ImageRule] = {}
    test_suites: dict[str, TestSuite] = {}
    tests: dict[str, Test] = {}
    test_groups: dict[str, TestGroup] = {}
    tools: Tools = Tools()
    toolbox: Annotated[ToolboxRule, OURS] = ToolboxRule()
    bridge: Annotated[BridgeRule, OURS] = BridgeRule()
    build_root: Annotated[BuildRootRule, OURS] = BuildRootRule()
    policy: Annotated[Policy, OURS] = Policy()
    package_policy: Annotated[PackagePolicy, OURS] = PackagePolicy()
    engine: Annotated[EngineRule, OURS] = EngineRule()
    cache: Annotated[CacheRule, OURS] = CacheRule()


class OverlayFile(Rule, frozen=True, kw_only=True):
    """Overlays that share one reason; named by a component's `overlay-files`."""

    metadata: Metadata
    overlays: tuple[Overlay, ...]
