"""The workshop's tables, all ours: the toolbox, the bridge from Debian, and what every build root holds."""

from headwater.config.ground import LocalPath, Reasoned, Rule

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}  # architectures in the words of Debian and OCI, and in rpm's
MACHINE = "amd64"  # what builds here, and what is meant where nothing else is said


class NamedPackages(Reasoned, frozen=True, kw_only=True):
    """Packages that are wanted for the same reason."""

    names: tuple[str, ...]


class ToolboxRule(Rule, frozen=True, kw_only=True):
    """The root filesystem with the field's tools: which Debian suite, which packages, locked in which file."""

    suite: str = ""
    packages: tuple[NamedPackages, ...] = ()
    lock: LocalPath = "toolbox.lock"


class Trigger(Rule, frozen=True, kw_only=True):
    """A program of the package that rpm runs once after each transaction that put or took away files `below` directories."""

    program: str
    below: tuple[str, ...]


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
    triggers: tuple[Trigger, ...] = ()


class ForeignPackages(Rule, frozen=True, kw_only=True):
    """Packages for machines of another architecture, with a lock of their own; nothing of them is ever run here."""

    architecture: str
    packages: tuple[NamedPackages, ...] = ()
    lock: LocalPath


class BridgeRule(Rule, frozen=True, kw_only=True):
    """The packages that still come from Debian, made into RPMs."""

    suite: str = ""
    packages: tuple[NamedPackages, ...] = ()
    lock: LocalPath = "bridge.lock"
    foreign: tuple[ForeignPackages, ...] = ()
    exclude: tuple[NamedPackages, ...] = ()
    fixups: tuple[Fixup, ...] = ()
    scriptlets: tuple[NamedPackages, ...] = ()


class MadeFile(Reasoned, frozen=True, kw_only=True):
    """A file, directory or link that is put into a root: exactly one of `content`, `source`, `link`, `directory`."""

    path: str
    content: str | None = None
    source: LocalPath | None = None
    link: str | None = None
    directory: bool = False
    mode: str = ""


class BuildRootRule(Rule, frozen=True, kw_only=True):
    """What every build root holds beside the component's BuildRequires, and the macros every build gets.

    `prefer` names the packages to take where several give what is asked for.
    `macro-files` are read after the platform's macros (rpm's own and those of packages), in order; `macros` after them.
    """

    packages: tuple[NamedPackages, ...] = ()
    prefer: tuple[NamedPackages, ...] = ()
    files: tuple[MadeFile, ...] = ()
    macro_files: tuple[LocalPath, ...] = ()
    macros: dict[str, str] = {}
