"""Ids besides one's own that files can be given to: root takes what he likes, others have a line in subuid(5) and subgid(5)."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

from headwater.errors import Kind, fail

FIRST, COUNT = 100001, 65535  # those that root takes: nobody's outside; as many as a namespace needs besides 0
FILES = {"uid": Path("/etc/subuid"), "gid": Path("/etc/subgid")}


def subordinate_ids() -> dict[str, tuple[int, int]]:
    """The first id and how many there are, of users (`uid`) and of groups (`gid`).

    Errors: Failure(TOOL) for a user who has none, or no program that maps them.
    """
    if os.geteuid() == 0:
        return dict.fromkeys(FILES, (FIRST, COUNT))
    if not shutil.which("newuidmap"):
        why = "`newuidmap` maps the ids that files are given to, and is not there"
        raise fail(Kind.TOOL, "files can not be given to other users", why=why, hint="sudo apt-get install uidmap")
    return {kind: _range(file) for kind, file in FILES.items()}


def _range(file: Path) -> tuple[int, int]:
    try:
        user, lines = pwd.getpwuid(os.getuid()).pw_name, file.read_text(errors="replace").splitlines()
    except (KeyError, OSError):  # a user without a name; a machine where nobody has any
        user, lines = str(os.getuid()), []
    for line in lines:
        name, _, numbers = line.partition(":")
        first, _, count = numbers.partition(":")
        if name in {user, str(os.getuid())} and first.isdecimal() and count.isdecimal():
            return int(first), min(int(count), COUNT)
    why = f"{file} gives `{user}` no ids for them"
    hint = f"sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}"
    raise fail(Kind.TOOL, "files can not be given to other users", why=why, hint=hint)
