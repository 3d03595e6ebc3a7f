"""What a disk and its parts are known by: numbers that others make by chance follow from the digest of what is on it."""

from __future__ import annotations

import hashlib
import uuid

import msgspec


class Identities(msgspec.Struct, frozen=True, kw_only=True):
    """UUIDs (version 4) of the disk, its partitions and its VHD; `volume` is a FAT volume's, eight hexadecimal digits."""

    disk: str
    root: str
    esp: str
    volume: str
    vhd: str

    @classmethod
    def of(cls, seed: str) -> Identities:
        def made(name: str) -> str:
            return str(uuid.UUID(bytes=hashlib.sha256(f"{seed} {name}".encode()).digest()[:16], version=4))

        return cls(disk=made("disk"), root=made("root"), esp=made("esp"), volume=made("volume")[:8], vhd=made("vhd"))
