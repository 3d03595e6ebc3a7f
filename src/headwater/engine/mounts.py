"""File systems in user space (FUSE) that a killed casd leaves mounted; nobody else ends their programs."""

from __future__ import annotations

import os
import re
from pathlib import Path

from headwater import command
from headwater.errors import Kind

PATIENCE = 20  # seconds
MOUNTS = Path("/proc/self/mountinfo")


def unmount_below(folder: Path) -> None:
    """Take away what FUSE mounted below a folder, also where it is in use or its program does not answer."""
    for place in mounted_below(folder, MOUNTS.read_text()):
        words = ["umount", "--lazy"] if os.getuid() == 0 else ["fusermount3", "-u", "-z"]
        command.run([*words, place], kind=Kind.TOOL, accept=range(256), timeout=PATIENCE)


def mounted_below(folder: Path, table: str) -> list[str]:
    """Mount points from the text of a mountinfo file (proc_pid_mountinfo(5)), the inner ones first."""
    found = []
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        place = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), before.split(" ")[4])
        if after.startswith("fuse") and Path(place).is_relative_to(folder):
            found.append(place)
    return sorted(found, reverse=True)
