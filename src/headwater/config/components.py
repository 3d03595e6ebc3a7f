"""One source package and all that is said of it, layer by layer."""

from enum import Enum
from typing import Annotated

from headwater.config.ground import OURS, Given, LocalPath, Reasoned, Rule
from headwater.config.overlays import Metadata, Overlay
from headwater.config.packages import PackageRule, PublishRule
from headwater.config.policy import PackagePolicy
from headwater.config.sources import SourceFile, SpecSource
from headwater.config.suites import PackageTest, TestRef


class OverlayMode(Enum):
    """How overlays read a spec (ours). Unset: `strict` in a `headwater.toml`, `compat` in an `azldev.toml`."""

    UNSET = ""
    STRICT = "strict"
    COMPAT = "compat"  # azldev's way, bug for bug


class Reproducible(Enum):
    """Which builds are done twice (ours), and have to be the same bytes. Unset: those that `--check-reproducible` asks for."""

    UNSET = ""
    ALWAYS = "always"
    CHANGED = "changed"  # each that is made here
    NEVER = "never"


class CheckRule(Rule, frozen=True, kw_only=True, rename={"skip_reason": "skip_reason"}):
    skip: bool = False
    skip_reason: str = ""


class FailureRule(Rule, frozen=True, kw_only=True):
    """A component that is known not to build."""

    expected: bool = False
    expected_reason: str = ""


class HintsRule(Rule, frozen=True, kw_only=True):
    expensive: bool = False


class BootstrapRule(Reasoned, frozen=True, kw_only=True):
    """A variant (ours) that is built first where a component needs itself: with switches by which its spec asks for less.

    Where none is named it is `--with bootstrap`. A cycle is gone round `generations` times for the usual builds.
    """

    with_: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    defines: dict[str, str] = {}
    generations: int = 1


class BuildRule(Rule, frozen=True, kw_only=True):
    """`timeout` (ours) is in seconds, `memory`, `disk` and `log` (ours) in MiB; `processes` (ours) counts threads, too.

    A build of `stage` 2 (ours) sees packages of the project's own alone, one of stage 1 also what comes over the bridge.
    """

    with_: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    defines: dict[str, str] = {}
    undefines: tuple[str, ...] = ()
    emit_upstream_provenance: bool = False
    check: CheckRule = CheckRule()
    failure: FailureRule = FailureRule()
    hints: HintsRule = HintsRule()
    timeout: Annotated[int, OURS] = 1800
    memory: Annotated[int, OURS] = 4096
    disk: Annotated[int, OURS] = 4096
    processes: Annotated[int, OURS] = 2048
    log: Annotated[int, OURS] = 64
    stage: Annotated[int, OURS] = 1
    reproducible: Annotated[Reproducible, OURS] = Reproducible.UNSET
    reproducible_reason: Annotated[str, OURS] = ""
    bootstrap: Annotated[BootstrapRule | None, OURS] = None


class ReleaseRule(Rule, frozen=True, kw_only=True):
    calculation: str = "auto"


class RenderRule(Rule, frozen=True, kw_only=True):
    skip_file_filter: bool = False


class ComponentTests(Rule, frozen=True, kw_only=True):
    tests: tuple[TestRef, ...] = ()
    commands: Annotated[tuple[PackageTest, ...], OURS] = ()


class Component(Rule, frozen=True, kw_only=True):
    """One source package, all layers merged; overlays run in order.

    The reader has appended the overlays of `overlay-files` to `overlays` and emptied it.
    """

    name: Given = ""
    description: Annotated[str, OURS] = ""  # ours: what the component is for
    spec: SpecSource = SpecSource()
    release: ReleaseRule = ReleaseRule()
    overlay_mode: Annotated[OverlayMode, OURS] = OverlayMode.UNSET
    overlays: tuple[Overlay, ...] = ()
    overlay_files: tuple[LocalPath, ...] = ()
    build: BuildRule = BuildRule()
    render: RenderRule = RenderRule()
    source_files: tuple[SourceFile, ...] = ()
    packages: dict[str, PackageRule] = {}
    publish: PublishRule = PublishRule()
    tests: ComponentTests | None = None
    policy: Annotated[PackagePolicy, OURS] = PackagePolicy()

    def kin(self) -> tuple[int, ...]:
        """The same for components of one project that differ in nothing but their name: the reader lets them share parts."""
        return (
            id(self.spec), id(self.release), id(self.overlays), id(self.build), id(self.render), id(self.source_files),
            id(self.packages), id(self.publish), id(self.tests), id(self.overlay_mode), id(self.description),
            id(self.policy),
        )  # fmt: skip

    def strict(self) -> bool:
        return self.overlay_mode is not OverlayMode.COMPAT


class ComponentGroup(Rule, frozen=True, kw_only=True):
    """Components that share settings: those named, and the local specs that `specs` finds and `excluded-paths` does not."""

    description: str = ""
    metadata: Metadata | None = None
    components: tuple[str, ...] = ()
    specs: tuple[LocalPath, ...] = ()
    excluded_paths: tuple[LocalPath, ...] = ()
    default_component_config: Component | None = None
