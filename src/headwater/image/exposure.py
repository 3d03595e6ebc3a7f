"""How much services could do, as systemd-analyze in the toolbox counts it from the units in a root: nothing is started.

The image's own systemd-analyze would need libraries that images leave out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from headwater.image import scratch
from headwater.image.model import Root
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

ROOT = "/tmp/root"  # noqa: S108 in the sandbox
UNITS = ("/usr/lib/systemd/", "/etc/systemd/")
MOST = 500  # services of one machine
SERVICE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9:_.@\\-]*\.service")
_OVERALL = re.compile(r"Overall exposure level for (\S+): (\d+)\.(\d)")

Measure = Callable[[Sequence[str]], Mapping[str, int]]  # services to their exposure of 0 to 100; unknown ones are left out


def measure(services: Sequence[str], root: Root, toolbox: Toolbox, store: Store) -> dict[str, int]:
    """The exposure of services by name, 0 to 100; those whose units are not in the root are left out."""
    asked = sorted({name for name in services if SERVICE.fullmatch(name)})[:MOST]
    if not asked:
        return {}
    wanted = {entry.path: entry for entry in root.entries if f"{entry.path}/".startswith(UNITS)}
    folders = {parent for path in wanted for parent in _parents(path)}
    wanted |= {entry.path: entry for entry in root.entries if entry.is_directory and entry.path in folders}
    with store.scratch("units") as place:
        scratch.lay_out(dict(sorted(wanted.items())), place, store)
        bind = sandbox.Bind(source=place, target=ROOT, writable=True)
        words = ["systemd-analyze", "security", "--offline=true", f"--root={ROOT}", "--no-pager", "--", *asked]
        said = sandbox.run(toolbox, words, binds=[bind], accept=range(256)).text
    return {name: int(whole) * 10 + int(tenth) for name, whole, tenth in _OVERALL.findall(said)}


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/", *("/".join(parts[:depth]) for depth in range(2, len(parts)))]
