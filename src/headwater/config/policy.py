"""What images and packages are held to: `[policy]` and `[package-policy]` of a project, and what one of them says otherwise."""

from enum import Enum

from headwater.config.ground import Reasoned, Rule


class Level(Enum):
    """What becomes of something that is found: nothing, a warning, or an error."""

    UNSET = ""  # the project's word counts, then Headwater's
    ALLOW = "allow"
    WARN = "warn"
    ERROR = "error"


class Demand(Enum):
    """What is looked for: the first five in the files of a composed root, the others on a machine that runs."""

    DANGLING_LINKS = "dangling-links"
    WORLD_WRITABLE = "world-writable"
    SETUID = "setuid"
    FILE_CAPABILITIES = "file-capabilities"
    SECRETS = "secrets"
    PORTS = "ports"
    EXPOSURE = "exposure"
    DENIALS = "denials"


# where nobody says anything; what a distribution's packages usually bring is only told
DEFAULTS = dict.fromkeys(Demand, Level.WARN) | {Demand.SECRETS: Level.ERROR, Demand.WORLD_WRITABLE: Level.ERROR}
IN_FILES = tuple(Demand)[:5]


class Allowed(Reasoned, frozen=True, kw_only=True):
    """Exceptions from one demand: `names` are globs of paths, of `tcp/22`, of units, or of a denial's text."""

    demand: Demand
    names: tuple[str, ...]


class Policy(Rule, frozen=True, kw_only=True):
    """A level for each demand; one below Headwater's own needs a `reason`.

    `exposure-threshold` is that of systemd-analyze(1): no service's exposure may be greater, of 0 to 100.
    """

    reason: str = ""
    dangling_links: Level = Level.UNSET
    world_writable: Level = Level.UNSET
    setuid: Level = Level.UNSET
    file_capabilities: Level = Level.UNSET
    secrets: Level = Level.UNSET
    ports: Level = Level.UNSET
    exposure: Level = Level.UNSET
    denials: Level = Level.UNSET
    exposure_threshold: int | None = None
    allow: tuple[Allowed, ...] = ()


def level_of(demand: Demand, *policies: Policy) -> Level:
    """The first word that was said, else Headwater's; `policies` begin with the image's own."""
    said = (getattr(policy, demand.value.replace("-", "_")) for policy in policies)
    return next((level for level in said if level is not Level.UNSET), DEFAULTS[demand])


class Waiver(Reasoned, frozen=True, kw_only=True):
    """An exception from one check of packages, until `expires` (YYYY-MM-DD): from then on it counts no more, and says so.

    `packages` are globs of packages' names, `names` of what was found (paths, dependencies, sonames); none stand for all.
    """

    check: str
    packages: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    expires: str


class PackagePolicy(Rule, frozen=True, kw_only=True):
    """Levels of checks of built packages by id; one below Headwater's own needs a `reason`."""

    reason: str = ""
    levels: dict[str, Level] = {}
    allow: tuple[Waiver, ...] = ()
