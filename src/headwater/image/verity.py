"""A root that cannot change: an erofs file system and the tree of its hashes (dm-verity). The top hash names both partitions.

The kernel's command line holds that hash, so whoever signs the kernel image signs the whole root.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from pathlib import Path

import msgspec

from headwater.errors import Kind, fail
from headwater.feed import Feed
from headwater.image.workbench import WORK, Workbench

COMPRESSION = ("-zlz4hc,9", "-C65536")  # every kernel with erofs reads lz4
COMMAND_LINE = re.compile(rb"roothash=([0-9a-f]{64})\b")
ROOT_HASH = re.compile(r"^Root hash:\s*([0-9a-f]{64})$", re.MULTILINE)


class Verity(msgspec.Struct, frozen=True, kw_only=True):
    """`hash` is 64 hexadecimal digits; its halves are the partitions' identities (Discoverable Partitions Specification)."""

    hash: str

    @property
    def data(self) -> str:
        return str(uuid.UUID(self.hash[:32]))

    @property
    def tree(self) -> str:
        return str(uuid.UUID(self.hash[32:]))


def verity_of(kernel: Path) -> Verity:
    """The root that a kernel image (UKI) was made for: the one that its command line names. Errors: Failure(IMAGE)."""
    found = set(COMMAND_LINE.findall(kernel.read_bytes()))
    if len(found) != 1:
        raise fail(Kind.IMAGE, f"`{kernel}` names {len(found)} roots", why="expected one `roothash=` in a kernel image")
    return Verity(hash=found.pop().decode())


def make_verity(tar: Feed, seed: str, line: str, bench: Workbench) -> Verity:
    """Make `root.img` and `verity.img` of what `tar` writes; every number in them follows from `seed` and `line`.

    `line` is the same for all versions of an image: blocks that did not change keep their hashes, and a machine can make the
    next version's tree with the numbers of its own.
    """

    def made(name: str) -> str:
        return hashlib.sha256(name.encode()).hexdigest()

    data, tree = (str(uuid.UUID(made(name)[:32], version=4)) for name in (f"{seed} erofs", f"{line} verity"))
    bench.run("mkfs.erofs", "--quiet", f"-T{bench.epoch}", f"-U{data}", *COMPRESSION, "--tar=f", f"{WORK}/root.img", stdin=tar)
    numbers = (f"--uuid={tree}", f"--salt={made(f'{line} salt')}")
    told = bench.run("veritysetup", "format", *numbers, f"{WORK}/root.img", f"{WORK}/verity.img")
    found = ROOT_HASH.search(told)
    if not found:
        raise fail(Kind.IMAGE, "veritysetup named no root hash", why=told)
    bench.age("root.img", "verity.img")
    return Verity(hash=found[1])
