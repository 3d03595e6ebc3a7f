"""A raw disk as a fixed VHD, as Azure wants it: the disk in whole MiB, then a footer of 512 bytes.

Microsoft, Virtual Hard Disk Image Format Specification 1.0 (October 2006), "Hard Disk Footer Format" and its appendix.
"""

from __future__ import annotations

import os
import struct
import uuid
from pathlib import Path

from headwater.sparse import copy

MIB = 1 << 20
SECTOR = 512
FOOTER = struct.Struct(">8sIIQI4sI4sQQHBBII16sB427x")  # big endian, 512 bytes
CHECKSUM = slice(64, 68)  # where the footer's checksum stands
RESERVED, VERSION, NOWHERE, FIXED = 2, 0x00010000, 0xFFFFFFFFFFFFFFFF, 2
YEAR_2000 = 946_684_800  # seconds from 1970 to where a VHD's time begins
# the creator tells readers what to believe: QEMU takes the size of disks by Hyper-V as it is, and computes all others from CHS
CREATOR, CREATOR_VERSION, CREATOR_HOST = b"win ", 0x000A0000, b"Wi2k"
MOST = 65535 * 16 * 255  # sectors that CHS can say


def write_vhd(raw: Path, place: Path, tail: bytes) -> None:
    """Copy a raw disk, holes as holes, and end it with what `tail_of` says."""
    with raw.open("rb") as file:
        copy(file, place)
    os.truncate(place, raw.stat().st_size + len(tail) - SECTOR)  # zeros are a hole, too
    with place.open("ab") as file:
        file.write(tail[-SECTOR:])


def tail_of(size: int, *, epoch: int, identity: str) -> bytes:
    """What a VHD has after the `size` bytes of its disk: zeros up to whole MiB, and the footer.

    `identity` is a UUID, `epoch` in seconds since 1970.
    """
    whole = -(-size // MIB) * MIB
    return bytes(whole - size) + footer(whole, epoch=epoch, identity=uuid.UUID(identity))


def footer(size: int, *, epoch: int, identity: uuid.UUID) -> bytes:
    """The footer of a fixed disk of `size` bytes."""
    made = FOOTER.pack(
        b"conectix",
        RESERVED,
        VERSION,
        NOWHERE,
        max(epoch - YEAR_2000, 0),
        CREATOR,
        CREATOR_VERSION,
        CREATOR_HOST,
        size,
        size,
        *geometry(size // SECTOR),
        FIXED,
        0,
        identity.bytes,
        0,
    )
    return made[: CHECKSUM.start] + struct.pack(">I", checksum(made)) + made[CHECKSUM.stop :]


def checksum(footer: bytes) -> int:
    """One's complement of the sum of all bytes but the checksum's own."""
    return ~(sum(footer) - sum(footer[CHECKSUM])) & 0xFFFFFFFF


def geometry(sectors: int) -> tuple[int, int, int]:
    """Cylinders, heads and sectors of a track for so many sectors of 512 bytes, by the specification's appendix."""
    sectors = min(sectors, MOST)
    if sectors >= 65535 * 16 * 63:
        return sectors // 255 // 16, 16, 255
    tracks = sectors // 17
    heads, track = max(-(-tracks // 1024), 4), 17
    if tracks >= heads * 1024 or heads > 16:
        heads, track = 16, 31
        tracks = sectors // track
    if tracks >= heads * 1024:
        heads, track = 16, 63
        tracks = sectors // track
    return tracks // heads, heads, track
