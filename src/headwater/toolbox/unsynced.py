"""Nobody waits for a disk: what programs in a sandbox write is scratch until a store takes it, and checked whenever it is read.

fsync(2) and its kin succeed there at once, by a filter of system calls (seccomp(2), classic BPF) that bubblewrap loads; what
systemd-nspawn(1) calls --suppress-sync.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager

# the kernel's name of the machine's calls (linux/audit.h), and the numbers of fsync, fdatasync, sync, sync_file_range, syncfs
CALLS = {"x86_64": (0xC000003E, (74, 75, 162, 277, 306)), "aarch64": (0xC00000B7, (82, 83, 81, 84, 267))}
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # linux/bpf_common.h: a word of seccomp_data, a comparison, the verdict
NUMBER, MACHINE = 0, 4  # where in seccomp_data these are, in bytes
ALLOW, SUCCEED = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW, and SECCOMP_RET_ERRNO with no error


def program(machine: str) -> bytes:
    """The filter for a machine (as `uname -m` names it); empty for one whose calls are not known here."""
    if machine not in CALLS:
        return b""
    kind, numbers = CALLS[machine]
    lines = [(LOAD, 0, 0, MACHINE), (IF_EQUAL, 0, len(numbers) + 1, kind), (LOAD, 0, 0, NUMBER)]
    lines += [(IF_EQUAL, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    lines += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, SUCCEED)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


@contextmanager
def unsynced() -> Iterator[tuple[int, ...]]:
    """The file that bubblewrap's --seccomp reads, once; none where no call is to be answered."""
    text = program(os.uname().machine)
    if not text:
        yield ()
        return
    source, into = os.pipe()
    os.write(into, text)
    os.close(into)
    try:
        yield (source,)
    finally:
        os.close(source)
