"""Runs a command as root of a user namespace with users of its own: for programs that give files away.

A script by itself, started by path with a range of user ids and one of group ids (the first and how many, four words), and the
command. The caller is uid 0 inside; the ids after it are those of the ranges, by newuidmap where the caller is not root. So no
id inside is anybody's outside.
"""

import ctypes
import os
import sys
from pathlib import Path

NEW_USER = 0x10000000  # CLONE_NEWUSER of unshare(2)


def main() -> None:
    (users, groups), words = (sys.argv[1:3], sys.argv[3:5]), sys.argv[5:]
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
        os.execvp(words[0], words)  # noqa: S606 the command that was asked for
    os.close(ready[1])
    if os.read(ready[0], 1):
        give(child, "uid", os.getuid(), users)
        give(child, "gid", os.getgid(), groups)
        os.write(go[1], b"x")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def give(child: int, kind: str, own: int, others: list[str]) -> None:
    """Map 0 to the caller, and the ids after it to those that he may give."""
    if os.geteuid() == 0:
        Path(f"/proc/{child}/{kind}_map").write_text(f"0 {own} 1\n1 {' '.join(others)}\n")
        return
    words = [f"new{kind}map", str(child), "0", str(own), "1", "1", *others]
    if os.spawnvp(os.P_WAIT, words[0], words):  # noqa: S606 argument vector, no shell
        sys.exit(f"`{words[0]}` failed")


if __name__ == "__main__":
    main()
