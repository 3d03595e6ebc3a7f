"""The script that an action runs: it takes from itself what a build has no need of, runs rpmbuild, and looks at what is left.

It goes with the action, so it holds on every worker. It is read whole before anything of the spec runs, and what it
starts lies where Landlock lets no build write; where the kernel has no Landlock, the log says so.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import msgspec

from headwater.config.model import BuildRule
from headwater.engine import LIMITS, SAYS

TOP = "build"  # rpmbuild's _topdir, below the root
SCRIPT = f"/{TOP}/build"  # run it again in `hw build NAME --shell`
FILTER = f"/{TOP}/syscalls"  # what `syscalls` makes
OUTPUTS = ("RPMS", "SRPMS")
HOME = f"/{TOP}/home"
FOLDERS = ("BUILD", "BUILDROOT", "RPMS", "SOURCES", "SPECS", "SRPMS", "home")  # below TOP
WRITABLE = (*(f"/{TOP}/{name}" for name in FOLDERS), "/tmp", "/var/tmp", "/dev")  # noqa: S108 the sandbox's
RIGHTS = "write-file,truncate,remove-dir,remove-file,make-char,make-dir,make-reg,make-sock,make-fifo,make-block,make-sym,refer"
MOST = 20_000  # files that a build may leave as its output
REFUSED = 97  # exit code where the script itself ends a build
# rules for every build, whoever runs it: core files, open files, locked memory and the stack in KiB
FIXED = "-c 0 -n 4096 -l 8192 -s 8192"
TEXT = Path(__file__).with_name("action.sh")


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Where a script finds what it needs in its root; as it stands, that of a build.

    `own` is what its own programs are started with (nothing: by their names, in PATH); `outputs` are the folders that it looks
    at in the end, `writable` all that the words may write to.
    """

    own: str = ""
    ldconfig: str = "ldconfig"
    filter: str = FILTER
    outputs: tuple[str, ...] = OUTPUTS
    writable: tuple[str, ...] = WRITABLE


def write_script(words: Sequence[str], rule: BuildRule, layout: Layout = Layout()) -> str:
    """The script that runs a command of ours (its words may come from anywhere) within a rule's limits."""
    values = {
        "OWN": layout.own,
        "LDCONFIG": layout.ldconfig,
        "SAYS": SAYS,
        "REFUSED": REFUSED,
        "OUTPUTS": " ".join(layout.outputs),
        "MANY": MOST + 1,
        "MOST": MOST,
        "DISK": rule.disk,
        "LIMITS": LIMITS,
        "FILTER": layout.filter,
        "RIGHTS": RIGHTS,
        "RULES": " ".join(f"--landlock-rule path-beneath:{RIGHTS}:{place}" for place in layout.writable),
        "LOG": rule.log << 10,
        "LOGMIB": rule.log,
        "FIXED": FIXED,
        "MEMORY": rule.memory << 10,
        "DISKKIB": rule.disk << 10,
        "PROCESSES": rule.processes,
        "SECONDS": rule.timeout * 2,
        "WORDS": shlex.join(words),
    }
    text = TEXT.read_text()
    for name, value in values.items():  # the foreign words last
        text = text.replace(f"@{name}@", str(value))
    return text
