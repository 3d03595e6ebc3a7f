"""The files of a project as a person writes them, before layers are merged."""

from __future__ import annotations

import msgspec

from headwater.config.ground import LocalPath, Rule
from headwater.config.model import BridgeRule, BuildRootRule, Component, Distro, ImageRule, ProjectRule, ToolboxRule
from headwater.config.overlays import Metadata, Overlay


class ComponentGroup(Rule, frozen=True, kw_only=True):
    """Components that share settings."""

    description: str = ""
    metadata: Metadata | None = None
    components: tuple[str, ...] = ()
    default_component_config: Component | None = None


class ProjectFile(Rule, frozen=True, kw_only=True):
    """One TOML file of a project; `includes` are globs, read after this file."""

    schema: str = msgspec.field(default="", name="$schema")
    includes: tuple[LocalPath, ...] = ()
    project: ProjectRule = ProjectRule()
    distros: dict[str, Distro] = {}
    default_component_config: Component | None = None
    component_groups: dict[str, ComponentGroup] = {}
    components: dict[str, Component] = {}
    toolbox: ToolboxRule = ToolboxRule()
    bridge: BridgeRule = BridgeRule()
    build_root: BuildRootRule = BuildRootRule()
    images: dict[str, ImageRule] = {}


class OverlayFile(Rule, frozen=True, kw_only=True):
    """Overlays that share one reason; named by a component's `overlay-files`."""

    metadata: Metadata
    overlays: tuple[Overlay, ...]
