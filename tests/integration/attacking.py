"""Attacks as data, what they are after on this machine, and a script that tries those from within, one after another."""

import os
import re
import socket
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.integration.building import Site

from headwater.engine.casd import home_of

HERE = Path(__file__).parent / "hostile"
TOKEN = "HEADWATER_TEST_TOKEN"
HEAD = """Name: hostile
Version: 1
Release: 1
Summary: SUMMARY
License: MIT
BuildArch: noarch
NEEDS
%description
For tests.
"""
INSTALL = "mkdir -p %{buildroot}/usr/share/hostile"
FILES = "%files\n/usr/share/hostile\n"
TRY = """
try() {
    if said=$(timeout 30 python3 -I -X pycache_prefix=/tmp/compiled 2>&1); then
        echo "$1: GOT THROUGH"
    else
        echo "$1: held: ${said##*$'\\n'}"
    fi
}
set +x
"""
SETTINGS = ("kernel/core_pattern", "kernel/hostname", "kernel/domainname", "vm/overcommit_memory")


def attacks(kind: str) -> list[dict[str, Any]]:
    return tomllib.loads((HERE / f"{kind}.toml").read_text())["attack"]


class Target:
    """What of this machine they are after, by the names that attacks call it by."""

    def __init__(self, site: Site, folder: Path, server: socket.socket, abstract: str) -> None:
        self.folder, self.site = folder, site
        self.names = {
            "canary": str(folder / "canary"),
            "store": str(site.store.root),
            "engine": str(home_of(site.store)),
            "port": str(server.getsockname()[1]),
            "abstract": abstract,
            "pid": str(os.getpid()),
        }

    def fill(self, text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.names.get(found[1], found[0]), text)

    def state(self) -> tuple[object, ...]:
        """What no attack may change."""
        settings = [Path("/proc/sys", name).read_text() for name in SETTINGS]
        return settings, (self.folder / "canary").read_text(), sorted(self.folder.iterdir()), Path.cwd()

    def from_within(self) -> str:
        """A script for bash that tries the attacks from within; `became` reads what it says."""
        prelude = tomllib.loads((HERE / "inside.toml").read_text())["prelude"]["code"]
        lines = [TRY]
        for attack in attacks("inside"):
            code = self.fill(attack["code"]).replace("{{", "{").replace("}}", "}")
            lines.append(f"try {attack['name']} << 'END'\n{prelude}{code.strip()}\nEND")
        return "\n".join(lines)


def became(said: str) -> dict[str, str]:
    """What became of the attacks from within, by name."""
    return dict(re.findall(r"^([a-z0-9-]+): (held: .*|GOT THROUGH)$", said, re.MULTILINE))


@contextmanager
def aiming(site: Site, folder: Path) -> Iterator[Target]:
    """A file, a server and a socket of this machine to be after."""
    (folder / "canary").write_text("a secret of this machine")
    name = f"headwater-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0{name}")
        abstract.listen()
        yield Target(site, folder, server, name)
