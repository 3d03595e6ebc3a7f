"""What a verified root says of the disk that it lies on: two slots, and /var on what is left (repart.d(5)).

systemd-repart reads it at the first boot, in the initrd, and makes what is not there yet.
"""

from __future__ import annotations

from headwater.config.images import ImageKind, ImageRule, RootKind
from headwater.config.workshop import MadeFile

FOLDER = "/usr/lib/repart.d"
HASHES = 64  # a slot is so many times its hashes: dm-verity needs 1/128 and a little
PART = "[Partition]\nType={type}\n"
EMPTY = PART + "Label=_empty\nSizeMinBytes={size}M\nSizeMaxBytes={size}M\n"  # `_empty` is how systemd-sysupdate finds it
VAR = PART + "Label=var\nFormat=ext4\nSizeMinBytes=64M\n"


def slot_files(rule: ImageRule) -> tuple[MadeFile, ...]:
    """The files of repart.d of a disk whose root is verified; none for other images. The image's own files win over these."""
    if rule.kind is not ImageKind.DISK or rule.disk.root is not RootKind.VERITY:
        return ()
    size = rule.disk.slot_size
    texts = {
        "10-esp": (PART.format(type="esp"), "is there, and stays as it is"),
        "20-root-a": (PART.format(type="root") + "Weight=0\n", "the slot that the image came in"),
        "21-verity-a": (PART.format(type="root-verity") + "Weight=0\n", "its hashes"),
        "30-root-b": (EMPTY.format(type="root", size=size), "the slot of the next version, as large as the first"),
        "31-verity-b": (EMPTY.format(type="root-verity", size=hashes_of(size)), "its hashes"),
        "40-var": (VAR.format(type="var"), "what the machine may write, on what is left"),
    }
    return tuple(MadeFile(path=f"{FOLDER}/{name}.conf", content=text, reason=why) for name, (text, why) in texts.items())


def hashes_of(slot: int) -> int:
    """MiB that the hashes of a slot of so many MiB are given."""
    return -(-slot // HASHES)
