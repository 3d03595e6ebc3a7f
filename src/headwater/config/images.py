"""What images a project ships: azldev's tables and, marked so, ours."""

from enum import Enum
from typing import Annotated

from headwater.config.ground import OURS, Given, LocalPath, Reasoned, Rule
from headwater.config.policy import Policy
from headwater.config.suites import TestRef
from headwater.config.workshop import MadeFile, NamedPackages


class ImageKind(Enum):
    UNSET = ""  # azldev's images have a `definition` instead
    OCI = "oci"
    DISK = "disk"
    INITRD = "initrd"
    ISO = "iso"
    WSL = "wsl"
    EXTENSION = "extension"


# tables of an image that have a meaning for some kinds only
TABLES = {
    "oci": (ImageKind.OCI,),
    "disk": (ImageKind.DISK,),
    "updates": (ImageKind.DISK, ImageKind.EXTENSION),
    "iso": (ImageKind.ISO,),
    "wsl": (ImageKind.WSL,),
    "extension": (ImageKind.EXTENSION,),
}


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
    """A step that packages' scriptlets would have done, by its name in `image/finish.py`.

    With `architectures` it is for these alone.
    """

    name: str
    architectures: tuple[str, ...] = ()


class OciRule(Rule, frozen=True, kw_only=True):
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    user: str = ""
    env: dict[str, str] = {}
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    working_dir: str = ""


class RootKind(Enum):
    """How a disk holds its root: `ext4` may be written; `verity` is erofs under dm-verity, which nothing changes."""

    EXT4 = "ext4"
    VERITY = "verity"


class DiskRule(Rule, frozen=True, kw_only=True):
    """`formats` of raw, qcow2, vhd; `initrd` names the image that is its initrd; sizes in MiB, 0 means as small as fits.

    A root of kind `verity` lies in a slot of `slot-size`, so that a larger one fits when the machine is updated; `free` is then
    the room behind the partitions, for the second slot and what the machine writes. With `secure-boot` all that firmware starts
    is signed by the project's own keys.
    """

    formats: tuple[str, ...] = ("raw",)
    initrd: str = ""
    command_line: tuple[str, ...] = ()
    esp_size: int = 0
    free: int = 0
    root: RootKind = RootKind.EXT4
    secure_boot: bool = False
    slot_size: int = 0


class IsoRule(Rule, frozen=True, kw_only=True):
    """A medium that boots and installs other images. `installs` names those, of kind `disk`; `command-line` is the kernel's."""

    installs: tuple[str, ...] = ()
    command_line: tuple[str, ...] = ()


class Health(Reasoned, frozen=True, kw_only=True):
    """Something that a new version has to do on the machine before it may stay: a line for `sh`, whose exit code is 0."""

    command: str


class UpdateRule(Rule, frozen=True, kw_only=True):
    """Where a machine gets the next version of its verified root, or of an extension, and when a root may stay.

    `url` is the folder that `hw image release` makes, as machines see it. A version that was not found healthy at `tries` boots
    is given up, and the one before starts again.
    """

    url: str = ""
    tries: int = 3
    health: tuple[Health, ...] = ()


class WslRule(Rule, frozen=True, kw_only=True):
    """How WSL installs and first starts it. `name` is the image's if empty; `icon` and `terminal-profile` are paths inside.

    `command` is run at the first start instead of ours, which makes a user with `default-uid`, `groups` and `shell`.
    """

    name: str = ""
    command: str = ""
    default_uid: int = 1000
    groups: tuple[str, ...] = ()
    shell: str = "/bin/bash"
    systemd: bool = True
    shortcut: bool = True
    icon: str = ""
    terminal: bool = True
    terminal_profile: str = ""


class ExtensionScope(Enum):
    """What an extension is laid over: `usr` is a system extension (/usr and /opt), `etc` one of configuration."""

    USR = "usr"
    ETC = "etc"


class ExtensionRule(Rule, frozen=True, kw_only=True):
    """What is laid over a running machine. `of` names the image, of kind `disk`, that it is made for."""

    of: str = ""
    scope: ExtensionScope = ExtensionScope.USR


class Capabilities(Rule, frozen=True, kw_only=True):
    machine_bootable: bool | None = None
    container: bool | None = None
    systemd: bool | None = None
    runtime_package_management: bool | None = None


class Family(Enum):
    """What a check asks for: what the description says, what every image is held to, what somebody does with it."""

    PROMISE = "promise"
    POLICY = "policy"
    USE = "use"


class Check(Reasoned, frozen=True, kw_only=True):
    """A promise of an image: run `command` (through `sh -c` where there is a shell, else split) in it.

    Exit code `code` is expected, and output matching the RE2 `match` if given. `user` runs it as that user. With `toolbox`
    it runs in the toolbox instead, which sees the image's root at /tmp/root: for images that hold no tools to ask with.
    `architecture` names the twin that is asked, by the toolbox.
    """

    name: str
    command: str
    family: Family = Family.PROMISE
    code: int = 0
    match: str = ""
    user: str = ""
    toolbox: bool = False
    architecture: str = ""


class Definition(Rule, frozen=True, kw_only=True):
    """An image that another tool describes: `type` is `kiwi`, `path` its description, `profile` one of that."""

    type: str = ""
    path: LocalPath = ""
    profile: str = ""


class SuiteRef(Rule, frozen=True, kw_only=True):
    name: str


class ImageTests(Rule, frozen=True, kw_only=True):
    """`test-suites` is the older generation."""

    test_suites: tuple[SuiteRef, ...] = ()
    tests: tuple[TestRef, ...] = ()


class ImagePublish(Rule, frozen=True, kw_only=True):
    channels: tuple[str, ...] = ()


class ImageRule(Rule, frozen=True, kw_only=True):
    """`kind` and all that belongs to it is ours; azldev's images have a `definition` instead.

    `from` is the image that this one begins with; the reader resolves it (`lineage.py`), and a whole image has none.
    `architectures` are in the words of OCI; one that is not this machine's makes a twin of a container image.
    `version` is what its files and its os-release say; the project's if empty.
    `on-request`: made by `hw image build` and asked by `hw image check`, but not by `hw world`.
    """

    name: Given = ""
    from_: Annotated[str, OURS] = ""
    description: str = ""
    on_request: Annotated[bool, OURS] = False
    version: Annotated[str, OURS] = ""
    kind: Annotated[ImageKind, OURS] = ImageKind.UNSET
    definition: Definition | None = None
    architectures: tuple[str, ...] = ()
    tests: ImageTests = ImageTests()
    publish: ImagePublish = ImagePublish()
    packages: Annotated[tuple[NamedPackages, ...], OURS] = ()
    exclude: Annotated[tuple[NamedPackages, ...], OURS] = ()
    remove: Annotated[tuple[Removal, ...], OURS] = ()
    files: Annotated[tuple[MadeFile, ...], OURS] = ()
    users: Annotated[tuple[UserRule, ...], OURS] = ()
    finishers: Annotated[tuple[Finisher, ...], OURS] = ()
    scriptlets: Annotated[tuple[NamedPackages, ...], OURS] = ()
    units: Annotated[tuple[str, ...], OURS] = ()
    hostname: Annotated[str, OURS] = ""
    oci: Annotated[OciRule, OURS] = OciRule()
    disk: Annotated[DiskRule, OURS] = DiskRule()
    iso: Annotated[IsoRule, OURS] = IsoRule()
    updates: Annotated[UpdateRule, OURS] = UpdateRule()
    wsl: Annotated[WslRule, OURS] = WslRule()
    extension: Annotated[ExtensionRule, OURS] = ExtensionRule()
    capabilities: Capabilities = Capabilities()
    checks: Annotated[tuple[Check, ...], OURS] = ()
    policy: Annotated[Policy, OURS] = Policy()
