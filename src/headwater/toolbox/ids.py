"""Runs a command as root of a user namespace with 65,536 users of its own: for programs that give files away.

A script by itself, started by path. The caller is uid 0 inside. The other ids are the caller's subordinate ones (subuid(5), by
newuidmap as mmdebstrap does it); root, who needs no leave, takes 100001 and on. So no id inside is anybody's outside.
"""

import ctypes
import os
import pwd
import sys
from pathlib import Path

NEW_USER = 0x10000000  # CLONE_NEWUSER of unshare(2)
FIRST, COUNT = 100001, 65535


def main() -> None:
    ready, go = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        if ctypes.CDLL(None, use_errno=True).unshare(NEW_USER):
            sys.exit(f"no user namespace: {os.strerror(ctypes.get_errno())}")
        os.close(go[1])  # so that the read below ends where the parent does
        os.write(ready[1], b"x")
        if not os.read(go[0], 1):
            sys.exit(1)
        os.setgroups([])
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
        os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 the command that was asked for
    os.close(ready[1])
    if os.read(ready[0], 1):
        give(child, "uid", os.getuid())
        give(child, "gid", os.getgid())
        os.write(go[1], b"x")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def give(child: int, kind: str, own: int) -> None:
    """Map 0 to the caller, and the ids after it to those that he may give."""
    if os.geteuid() == 0:
        Path(f"/proc/{child}/{kind}_map").write_text(f"0 {own} 1\n1 {FIRST} {COUNT}\n")
        return
    first, count = subordinate(kind)
    words = [f"new{kind}map", str(child), "0", str(own), "1", "1", str(first), str(count)]
    if os.spawnvp(os.P_WAIT, words[0], words):  # noqa: S606 argument vector, no shell
        sys.exit(f"`{words[0]}` failed")


def subordinate(kind: str) -> tuple[int, int]:
    """The caller's first range of subordinate ids, at most as many as a namespace needs."""
    names = {pwd.getpwuid(os.getuid()).pw_name, str(os.getuid())}
    for line in Path(f"/etc/sub{kind}").read_text().splitlines():
        name, first, count = line.split(":")
        if name in names:
            return int(first), min(int(count), COUNT)
    sys.exit(f"/etc/sub{kind} gives this user no ids: usermod --add-sub{kind}s 100000-165535 USER")


if __name__ == "__main__":
    main()
