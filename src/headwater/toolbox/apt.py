"""Asks apt which packages a wish needs: the resolver of Debian itself, with nothing of this machine's state in it.

The mirror's address, proxies and whether dates are checked come from the machine's own apt configuration; sources, package
status, preferences and caches are private and gone afterwards, so any number of processes may ask at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from headwater import command
from headwater.errors import Kind, fail
from headwater.progress import step
from headwater.store import Store
from headwater.toolbox.model import Deb

ARCHITECTURE = "amd64"
LIMIT = 600  # seconds for one call of apt
KEYRINGS = ("debian-archive-keyring.pgp", "debian-archive-keyring.gpg")  # the name of Debian 13, and that of 12
NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")  # Debian policy 5.6.1
SUITE = re.compile(r"[a-z][a-z0-9-]*")
_TAKEN = re.compile(r'Acquire::(Check-(Valid-Until|Date)|https?|Retries|ForceIPv[46])(::[\w:./-]*)? ".*";')
_PATH = re.compile(r"pool/[A-Za-z0-9.+:~_%/-]+\.deb")  # what a lock can hold
_URI = re.compile(r"'(?P<uri>[^']+)' (?P<file>\S+) (?P<size>[0-9]{1,10}) SHA256:(?P<sha256>[0-9a-f]{64})")


def mirror() -> str:
    """Address of the Debian mirror that this machine's apt configuration names; ends with a slash."""
    found = command.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Origin: Debian", "Created-By: Packages"],
        what="this machine's apt configuration could not be read",
        hint="Headwater needs a Debian mirror: run it on Debian 12 or 13",
    )
    return pick_mirror(found.text)


def pick_mirror(targets: str) -> str:
    """The first address, among lines of `ADDRESS CODENAME`, of a whole release (not of its security or other updates)."""
    for line in targets.splitlines():
        address, _, codename = line.strip().partition(" ")
        if codename and "-" not in codename and re.fullmatch(r"https?://[^\s'\"\\\[\]]+", address):
            return address.rstrip("/") + "/"
    raise fail(
        Kind.SOURCE,
        "this machine's apt configuration names no Debian mirror",
        why="no http(s) source with `Origin: Debian` among `apt-get indextargets`",
        hint="apt-get update",
    )


def resolve(
    suite: str,
    names: Sequence[str],
    store: Store,
    *,
    exclude: Sequence[str] = (),
    essential: bool = True,
    architecture: str = ARCHITECTURE,
) -> tuple[Deb, ...]:
    """Every package that `names` of a Debian suite need, themselves included, sorted; Recommends are not followed.

    `exclude` are packages that must not come along; `essential` adds those that Debian takes for granted.
    """
    _check_names(suite, (*names, *exclude))
    with step("resolve", suite, reason=f"{len(names)} packages wanted"), store.scratch("apt") as private:
        config = _configure(private, suite, architecture)
        wanted = [*(["?essential"] if essential else []), *sorted(set(names)), *(f"{name}-" for name in sorted(set(exclude)))]
        _apt(config, ["update"], f"the package lists of `{suite}` could not be fetched")
        said = _apt(
            config,
            ["install", "--print-uris", "-qq", "--yes", "--no-install-recommends", *wanted],
            f"apt finds no set of packages in `{suite}` that fits",
            hint="check the names in the project's list of packages",
        )
        return parse_uris(said, mirror())


def parse_uris(said: str, address: str) -> tuple[Deb, ...]:
    """The packages that `apt-get --print-uris` lists, sorted by name."""
    return tuple(sorted(_parse_uri(line, address) for line in said.splitlines() if line.strip()))


def _parse_uri(line: str, address: str) -> Deb:
    found = _URI.fullmatch(line.strip())
    uri = unquote(found["uri"]) if found else ""
    parts = unquote(found["file"]).removesuffix(".deb").split("_") if found else []
    path = uri.removeprefix(unquote(address))
    if not found or len(parts) != 3 or path == uri or not _PATH.fullmatch(path) or ".." in path.split("/"):
        raise fail(Kind.SOURCE, "apt named a package in a way that Headwater does not know", why=command.tail(line.encode()))
    return Deb(name=parts[0], version=parts[1], arch=parts[2], sha256=found["sha256"], size=int(found["size"]), path=path)


def _check_names(suite: str, names: Sequence[str]) -> None:
    """Names become words of a command line: nothing that apt could take for an option, pattern or file."""
    if not SUITE.fullmatch(suite):
        raise fail(Kind.CONFIG, f"`{suite}` is no name of a Debian suite", why="lower-case letters, digits and - only")
    for name in names:
        if not NAME.fullmatch(name) or name.endswith("-"):  # a trailing - is apt's sign for removal
            raise fail(Kind.CONFIG, f"`{name}` is no name of a Debian package", why="lower-case letters, digits and +.- only")


def _configure(private: Path, suite: str, architecture: str) -> Path:
    """Write a configuration that holds apt inside `private`; returns its file."""
    for folder in ("lists/partial", "cache/archives/partial", "state"):
        (private / folder).mkdir(parents=True)
    (private / "status").touch()
    signed = f"[arch={architecture} signed-by={keyring()}]"
    (private / "sources.list").write_text(f"deb {signed} {mirror()} {suite} main\n")
    lines = [
        'Dir::Etc::parts "/dev/null";',
        'Dir::Etc::main "/dev/null";',
        'Dir::Etc::sourceparts "/dev/null";',
        'Dir::Etc::preferences "/dev/null";',
        'Dir::Etc::preferencesparts "/dev/null";',
        f'Dir::Etc::sourcelist "{private}/sources.list";',
        f'Dir::State "{private}/state";',
        f'Dir::State::lists "{private}/lists";',
        f'Dir::State::status "{private}/status";',
        f'Dir::Cache "{private}/cache";',
        f'APT::Architecture "{architecture}";',
        f'APT::Architectures {{ "{architecture}"; }};',
        'APT::Sandbox::User "";',  # the store may lie where apt's own user can not go
        'Acquire::Languages "none";',
        'Acquire::ForceHash "sha256";',
        *host_settings(),
    ]
    config = private / "apt.conf"
    config.write_text("\n".join(lines) + "\n")
    return config


def host_settings() -> list[str]:
    """Lines of the machine's apt configuration that say how to reach the mirror and whether its dates are checked."""
    said = command.run(["apt-config", "dump", "Acquire"]).text
    return [line for line in said.splitlines() if _TAKEN.fullmatch(line)]


def keyring() -> Path:
    """Debian's public keys on this machine."""
    for name in KEYRINGS:
        place = Path("/usr/share/keyrings") / name
        if place.exists():
            return place
    raise fail(Kind.SIGNATURE, "Debian's keys are not on this machine", hint="apt-get install debian-archive-keyring")


def _apt(config: Path, words: Sequence[str], what: str, *, hint: str = "apt-get update") -> str:
    env = {**os.environ, "APT_CONFIG": str(config), "LC_ALL": "C.UTF-8"}
    return command.run(["apt-get", *words], env=env, timeout=LIMIT, kind=Kind.SOURCE, what=what, hint=hint).text
