"""Which system calls a build does without: a filter for the kernel (seccomp), made here, loaded by setpriv in the action.

Refused is what leads out of the sandbox or into parts of the kernel that no build needs and attackers do: new namespaces,
mounts, keyrings, BPF, io_uring, settings of the machine, and sockets that belong to no network namespace (vsock reaches the
host of a virtual machine). Programs meet the answer of a kernel that does not have it, or of a container that forbids it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

# linux/bpf_common.h, linux/seccomp.h, linux/audit.h
_LOAD, _EQUAL, _ANY, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST = 0, 4, 16  # places in struct seccomp_data; the first argument's lower half
_X86_64, _X32 = 0xC000003E, 0x40000000
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_SPACES = 0x7E020000  # CLONE_NEWCGROUP, -UTS, -IPC, -USER, -PID, -NET, -NS
_TIME = 0x80  # CLONE_NEWTIME, which clone(2) does not know
_CLONE, _UNSHARE, _SOCKET = 56, 272, 41
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}
REFUSED = {
    "acct": 163,
    "add_key": 248,
    "bpf": 321,
    "chroot": 161,
    "clock_settime": 227,
    "delete_module": 176,
    "fanotify_init": 300,
    "finit_module": 313,
    "fsconfig": 431,
    "fsmount": 432,
    "fsopen": 430,
    "fspick": 433,
    "init_module": 175,
    "ioperm": 173,
    "iopl": 172,
    "kexec_file_load": 320,
    "kexec_load": 246,
    "keyctl": 250,
    "mount": 165,
    "mount_setattr": 442,
    "move_mount": 429,
    "open_by_handle_at": 304,
    "open_tree": 428,
    "open_tree_attr": 467,
    "perf_event_open": 298,
    "pivot_root": 155,
    "quotactl": 179,
    "quotactl_fd": 443,
    "reboot": 169,
    "request_key": 249,
    "setdomainname": 171,
    "sethostname": 170,
    "setns": 308,
    "settimeofday": 164,
    "swapoff": 168,
    "swapon": 167,
    "syslog": 103,
    "umount2": 166,
    "userfaultfd": 323,
    "vhangup": 153,
}
UNKNOWN = {"clone3": 435, "io_uring_enter": 426, "io_uring_register": 427, "io_uring_setup": 425}  # glibc goes on with clone


def filter_program() -> bytes:
    """The filter as an array of struct sock_filter, for x86-64; programs of 32 bits get no system call at all."""
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _X86_64),
        _answer(_ENOSYS),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        _answer(_ENOSYS),
        *_refuse(REFUSED.values(), _EPERM),
        *_refuse(UNKNOWN.values(), _ENOSYS),
        *_look(_CLONE, [(_ANY, 0, 1, _SPACES), _answer(_EPERM), (_RETURN, 0, 0, _ALLOW)]),
        *_look(_UNSHARE, [(_ANY, 0, 1, _SPACES | _TIME), _answer(_EPERM), (_RETURN, 0, 0, _ALLOW)]),
        *_look(_SOCKET, [*_allow(FAMILIES.values()), _answer(_EAFNOSUPPORT)]),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("<HBBI", *line) for line in lines)


_Line = tuple[int, int, int, int]  # operation, lines to skip if so, if not, value


def _answer(error: int) -> _Line:
    return (_RETURN, 0, 0, _ERROR | error)


def _refuse(numbers: Iterable[int], error: int) -> list[_Line]:
    return [line for number in sorted(numbers) for line in ((_EQUAL, 0, 1, number), _answer(error))]


def _allow(values: Iterable[int]) -> list[_Line]:
    return [line for value in sorted(values) for line in ((_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW))]


def _look(number: int, lines: list[_Line]) -> list[_Line]:
    """Lines that look at the first argument of one system call, and end with an answer."""
    return [(_EQUAL, 0, len(lines) + 1, number), (_LOAD, 0, 0, _FIRST), *lines]
