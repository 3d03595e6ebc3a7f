"""File capabilities: text as rpm keeps it (`cap_net_raw=ep`) to the bytes of the xattr security.capability."""

from __future__ import annotations

import re
import struct

from headwater.errors import Kind, fail

# linux/capability.h, in order of their bits
NAMES = (
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service "
    "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin "
    "sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override "
    "mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"
)
BITS = {name: bit for bit, name in enumerate(NAMES.split())}
REVISION_2 = 0x02000000  # VFS_CAP_REVISION_2: two 32-bit words per set, no root id
EFFECTIVE = 1
_CLAUSE = re.compile(r"((?:cap_[a-z_]+)(?:,cap_[a-z_]+)*)[=+]([eip]+)")


def encode(text: str) -> bytes:
    """The 20 bytes of a vfs_cap_data (revision 2) for clauses like `cap_setuid,cap_setgid=ep`."""
    permitted = inheritable = effective = 0
    for clause in text.split():
        match = _CLAUSE.fullmatch(clause.lower())
        names = match[1].split(",") if match else []
        if not match or any(name[4:] not in BITS for name in names):
            raise fail(Kind.IMAGE, f"`{text}` are no file capabilities", why="expected clauses like `cap_net_raw=ep`")
        bits = sum(1 << BITS[name[4:]] for name in set(names))
        permitted |= bits if "p" in match[2] else 0
        inheritable |= bits if "i" in match[2] else 0
        effective |= bits if "e" in match[2] else 0
    low = 0xFFFFFFFF
    magic = REVISION_2 | (EFFECTIVE if effective else 0)
    return struct.pack("<5I", magic, permitted & low, inheritable & low, permitted >> 32, inheritable >> 32)
