"""What casd's runner gets for bubblewrap on this machine: a small program that closes what the runner's own words leave open.

The runner gives an action namespaces and no capabilities. Beyond that, here:

- The kernel's settings can not be written. Without capabilities the uid decides; where root runs `hw` it is the machine's 0.
- The first process of the sandbox, which an action can look at, shows no path and no variable of this machine.
- /tmp and /dev/shm are bounded; in /dev nothing can be made.
- All of it is in a cgroup of its own with the action's limits, where this user may make one. Root may, and needs it: the kernel
  counts no processes for root. Others have RLIMIT_NPROC, and what `excess` sees.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from headwater import command
from headwater.engine.model import LIMITS, SAYS, Limits
from headwater.engine.processes import CGROUPS
from headwater.errors import Kind, fail

NAME = "bwrap"
OURS = "headwater-"  # how our cgroups' names begin
SIGN = "--unshare-cgroup-try"  # the first word of a sandbox that is ready; it hides the cgroup's name
TEXT = Path(__file__).with_name("bwrap.sh")


def is_sandbox(words: Sequence[bytes]) -> bool:
    """Whether a process of these words is the bubblewrap of an action."""
    return list(words[1:2]) == [os.fsencode(SIGN)]


def fence(folder: Path, path: str) -> None:
    """Write the program into a folder that comes first in the runner's PATH; `path` is where the real bubblewrap is found."""
    real = shutil.which(NAME, path=path)
    if not real:
        raise fail(Kind.TOOL, "`bwrap` is not there", why="builds run in bubblewrap", hint="install the package bubblewrap")
    usual = Limits()
    words = {
        "OURS": OURS,
        "CGROUPS": str(CGROUPS),
        "MEMORY": str(usual.memory),
        "PROCESSES": str(usual.processes),
        "LIMITS": LIMITS,
        "SIGN": SIGN,
        "SAYS": SAYS,
        "REAL": command.copyable([real]),
    }
    text = TEXT.read_text()
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    beside = folder / f".{NAME}"
    beside.write_text(text)
    beside.chmod(0o755)
    beside.rename(folder / NAME)
