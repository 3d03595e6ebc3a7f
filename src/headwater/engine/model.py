"""The engine's nouns: content by digest, one level of a tree, and how an action ended."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

RESERVED = 2 << 30  # bytes that casd leaves free on its disk; with less it drops even what a running action needs
LIMITS = "HEADWATER_LIMITS"  # the variable by which an action says what it may have, to any worker
SAYS = "headwater: "  # how lines of a log begin that are ours; "limit NAME: words" names a limit that was met
Content = bytes | Path  # bytes, or the file that holds them


class Digest(msgspec.Struct, frozen=True, order=True):
    """Content as the Remote Execution API names it: SHA-256 in hexadecimal, size in bytes."""

    hash: str
    size: int

    def __hash__(self) -> int:  # the default one hashes both fields; the SHA-256 alone is enough and quicker
        return hash(self.hash)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What all processes of an action may have together: memory and new files in MiB, how many processes and threads."""

    memory: int = 4096
    disk: int = 4096
    processes: int = 2048

    def __str__(self) -> str:
        return f"memory={self.memory} disk={self.disk} processes={self.processes}"


class File(msgspec.Struct, frozen=True):
    """A regular file in a tree. Owners, times and other mode bits do not exist there."""

    digest: Digest
    executable: bool = False


class Directory(msgspec.Struct, frozen=True):
    """One level of a tree: names to files, to directories by digest, and to link targets."""

    files: dict[str, File] = {}
    directories: dict[str, Digest] = {}
    links: dict[str, str] = {}


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an action ended. `outputs` are files by path below the working directory; `log` is its standard output.

    `timed_out` says that the engine ended it; `code` then means nothing. Of an action that was watched on this machine,
    `memory` is what its processes held together at most, and `free` what the engine's disk had left at least, in bytes; `met`
    is the limit that it met (a field of Limits), or empty.
    """

    code: int
    outputs: dict[str, File]
    log: Digest | None
    log_bytes: bytes = b""
    cached: bool = False
    timed_out: bool = False
    memory: int = 0
    free: int | None = None
    met: str = ""


def digest_of_bytes(data: bytes) -> Digest:
    return Digest(hashlib.sha256(data).hexdigest(), len(data))
