"""The project as data: what the TOML says, merged, checked and typed. Nothing here reads a file.

Keys are azldev's (see docs/reference/format) unless a class says "ours". Paths are absolute when a Project is complete.
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from headwater.config.ground import Given, LocalPath, Reasoned, Rule
from headwater.config.overlays import Overlay

# where things come from


class Download(Rule, frozen=True, kw_only=True, tag_field="type", tag="download"):
    uri: str


class DebianPool(Rule, frozen=True, kw_only=True, tag_field="type", tag="debian-pool"):
    """Ours: a file below `pool/main/` of the Debian mirror that this machine's apt configuration names."""

    path: str


class PyPI(Rule, frozen=True, kw_only=True, tag_field="type", tag="pypi"):
    """Ours: a file of a project on the package index that this machine's pip configuration names."""

    project: str


class OverlayOrigin(Rule, frozen=True, kw_only=True, tag_field="type", tag="overlay"):
    """The file is what archive overlays make of upstream's file of the same name."""


Source = Download | DebianPool | PyPI | OverlayOrigin


class SourceFile(Rule, frozen=True, kw_only=True):
    """One archive or file that the spec names; `origins` (ours) are tried after `origin`, in order."""

    filename: str
    hash: str = ""
    hash_type: str = ""
    origin: Source | None = None
    origins: tuple[Source, ...] = ()
    replace_upstream: bool = False
    replace_reason: str = ""


class SpecType(Enum):
    UNSET = ""
    LOCAL = "local"
    UPSTREAM = "upstream"  # a dist-git: read, not yet carried out
    ARCHIVE = "archive"  # ours: the spec inside upstream's own release archive


class SpecSource(Rule, frozen=True, kw_only=True):
    """`archive` and `member` (ours): which source file holds the spec, and where in it (default: the only `*.spec`)."""

    type: SpecType = SpecType.UNSET
    path: LocalPath = ""
    archive: str = ""
    member: str = ""


# components


class CheckRule(Rule, frozen=True, kw_only=True, rename={"skip_reason": "skip_reason"}):
    skip: bool = False
    skip_reason: str = ""


class BuildRule(Rule, frozen=True, kw_only=True):
    """`timeout` (ours) is in seconds, `memory` and `disk` (ours) in MiB."""

    with_: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    defines: dict[str, str] = {}
    undefines: tuple[str, ...] = ()
    check: CheckRule = CheckRule()
    timeout: int = 1800
    memory: int = 4096
    disk: int = 4096


class ReleaseRule(Rule, frozen=True, kw_only=True):
    calculation: str = "auto"


class RenderRule(Rule, frozen=True, kw_only=True):
    skip_file_filter: bool = False


class PublishRule(Rule, frozen=True, kw_only=True):
    rpm_channel: str = ""
    srpm_channel: str = ""
    debuginfo_channel: str = ""


class PackageRule(Rule, frozen=True, kw_only=True):
    publish: PublishRule = PublishRule()


class Component(Rule, frozen=True, kw_only=True):
    """One source package, all layers merged; overlays run in order.

    The reader has appended the overlays of `overlay-files` to `overlays` and emptied it.
    """

    name: Given = ""
    description: str = ""  # ours: what the component is for
    spec: SpecSource = SpecSource()
    release: ReleaseRule = ReleaseRule()
    overlays: tuple[Overlay, ...] = ()
    overlay_files: tuple[LocalPath, ...] = ()
    build: BuildRule = BuildRule()
    render: RenderRule = RenderRule()
    source_files: tuple[SourceFile, ...] = ()
    packages: dict[str, PackageRule] = {}
    publish: PublishRule = PublishRule()


# distributions


class DistroRef(Rule, frozen=True, kw_only=True):
    name: str
    version: str = ""
    snapshot: str = ""


class DistroVersion(Rule, frozen=True, kw_only=True):
    description: str = ""
    release_ver: str = ""
    default_component_config: Component | None = None


class Distro(Rule, frozen=True, kw_only=True):
    """`vendor`, `bug-url`, `home-url` (ours) go into os-release and package headers."""

    description: str = ""
    default_version: str = ""
    versions: dict[str, DistroVersion] = {}
    vendor: str = ""
    home_url: str = ""
    bug_url: str = ""


class ProjectRule(Rule, frozen=True, kw_only=True):
    description: str = ""
    log_dir: LocalPath = "build/logs"
    work_dir: LocalPath = "build/work"
    output_dir: LocalPath = "out"
    rendered_specs_dir: LocalPath = "specs"
    lock_dir: LocalPath = "locks"
    key_dir: LocalPath = "keys"  # ours: signing keys, made on first use, never committed
    default_distro: DistroRef | None = None
    default_author_email: str = ""


# the workshop (all ours)


class NamedPackages(Reasoned, frozen=True, kw_only=True):
    """Packages that are wanted for the same reason."""

    names: tuple[str, ...]


class ToolboxRule(Rule, frozen=True, kw_only=True):
    """The root filesystem with the field's tools: which Debian suite, which packages, locked in which file."""

    suite: str = ""
    packages: tuple[NamedPackages, ...] = ()
    lock: LocalPath = "toolbox.lock"


class Fixup(Reasoned, frozen=True, kw_only=True):
    """What a maintainer script would have done to a bridged package, declared.

    `links` maps new absolute paths to link targets, `files` new absolute paths to their text, `copies` new absolute paths to
    globs of the package's files, which are joined in order of their names. `modes` maps paths to octal modes,
    `owners` paths to `user:group`, `capabilities` paths to the text of setcap(8), `directories` new absolute paths to octal
    modes. `remove` are globs of absolute paths. `sysusers` are sysusers.d lines. `provides` without a version get the
    package's. `drop-requires` and `drop-conflicts` are package names. `package` may be a glob; the rule must bite.
    """

    package: str
    links: dict[str, str] = {}
    files: dict[str, str] = {}
    copies: dict[str, str] = {}
    modes: dict[str, str] = {}
    owners: dict[str, str] = {}
    capabilities: dict[str, str] = {}
    remove: tuple[str, ...] = ()
    directories: dict[str, str] = {}
    sysusers: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    drop_requires: tuple[str, ...] = ()
    drop_conflicts: tuple[str, ...] = ()


class BridgeRule(Rule, frozen=True, kw_only=True):
    """The packages that still come from Debian, made into RPMs."""

    suite: str = ""
    packages: tuple[NamedPackages, ...] = ()
    lock: LocalPath = "bridge.lock"
    exclude: tuple[NamedPackages, ...] = ()
    fixups: tuple[Fixup, ...] = ()


class MadeFile(Reasoned, frozen=True, kw_only=True):
    """A file, directory or link that is put into a root: exactly one of `content`, `source`, `link`, `directory`."""

    path: str
    content: str | None = None
    source: LocalPath | None = None
    link: str | None = None
    directory: bool = False
    mode: str = ""


class BuildRootRule(Rule, frozen=True, kw_only=True):
    """What every build root holds beside the component's BuildRequires, and the macros every build gets."""

    packages: tuple[NamedPackages, ...] = ()
    files: tuple[MadeFile, ...] = ()
    macros: dict[str, str] = {}


# images (all ours but description, capabilities, publish)


class ImageKind(Enum):
    OCI = "oci"
    DISK = "disk"
    INITRD = "initrd"


class Removal(Reasoned, frozen=True, kw_only=True):
    """Globs of absolute paths that packages bring and the image does not want."""

    paths: tuple[str, ...]


class UserRule(Reasoned, frozen=True, kw_only=True):
    """`password` is a crypt(5) hash; empty locks the account."""

    name: str
    uid: int
    home: str = ""
    shell: str = "/usr/sbin/nologin"
    password: str = ""
    groups: tuple[str, ...] = ()


class Finisher(Reasoned, frozen=True, kw_only=True):
    """A step that packages' scriptlets would have done, by its name in `image/finish.py`."""

    name: str


class OciRule(Rule, frozen=True, kw_only=True):
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    user: str = ""
    env: dict[str, str] = {}
    labels: dict[str, str] = {}
    working_dir: str = ""


class DiskRule(Rule, frozen=True, kw_only=True):
    """`formats` of raw, qcow2; `initrd` names the image that is its initrd; sizes in MiB, 0 means as small as fits."""

    formats: tuple[str, ...] = ("raw",)
    initrd: str = ""
    command_line: tuple[str, ...] = ()
    esp_size: int = 0
    free: int = 0


class Capabilities(Rule, frozen=True, kw_only=True):
    machine_bootable: bool | None = None
    container: bool | None = None
    systemd: bool | None = None
    runtime_package_management: bool | None = None


class Check(Reasoned, frozen=True, kw_only=True):
    """A promise of an image: run `command` (through `sh -c` where there is a shell, else split) in it.

    Exit code `code` is expected, and output matching the RE2 `match` if given. `user` runs it as that user. With `toolbox`
    it runs in the toolbox instead, which sees the image's root at /tmp/root: for images that hold no tools to ask with.
    """

    name: str
    command: str
    code: int = 0
    match: str = ""
    user: str = ""
    toolbox: bool = False


class ImageRule(Rule, frozen=True, kw_only=True):
    name: Given = ""
    description: str = ""
    kind: ImageKind
    packages: tuple[NamedPackages, ...] = ()
    exclude: tuple[NamedPackages, ...] = ()
    remove: tuple[Removal, ...] = ()
    files: tuple[MadeFile, ...] = ()
    users: tuple[UserRule, ...] = ()
    finishers: tuple[Finisher, ...] = ()
    units: tuple[str, ...] = ()
    hostname: str = ""
    oci: OciRule = OciRule()
    disk: DiskRule = DiskRule()
    capabilities: Capabilities = Capabilities()
    checks: tuple[Check, ...] = ()


class Project(Rule, frozen=True, kw_only=True):
    """Everything that the TOML files of one project say."""

    root: Path
    files: tuple[Path, ...] = ()  # every TOML file that was read, in order
    project: ProjectRule = ProjectRule()
    distros: dict[str, Distro] = {}
    components: dict[str, Component] = {}
    toolbox: ToolboxRule = ToolboxRule()
    bridge: BridgeRule = BridgeRule()
    build_root: BuildRootRule = BuildRootRule()
    images: dict[str, ImageRule] = {}

    @property
    def distro(self) -> Distro:
        """The distribution that the project makes: `default-distro` (checked to exist)."""
        assert self.project.default_distro, "config.check lets no project pass without a default-distro"
        return self.distros[self.project.default_distro.name]

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
