"""What a package of a varied build is compared by: all its bytes, with the place of the build put back in a source package.

A source package has the spec with all its macros expanded in its header (rpm's tag SPEC), places of the build among them, and
nothing turns that off. The other place has a name of the same length, so all else lies where it lay.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from headwater.build.script import TOP
from headwater.build.variation import ELSEWHERE
from headwater.digest import digest_file

assert len(ELSEWHERE) == len(TOP), "a header of the other place is as long"
LEAD, MAGIC = 96, b"\x8e\xad\xe8\x01"
LARGEST = 256 << 20  # bytes of a header, as rpm has it
PIECE = 1 << 20


def identity(package: Path, name: str) -> str:
    """A digest by which the packages of two builds are compared; of a binary package that of the whole file."""
    if not name.endswith(".src.rpm"):
        return digest_file(package)
    with package.open("rb") as file:
        file.seek(LEAD)
        signature = _size(file.read(16))
        file.seek(LEAD + 16 + signature + -signature % 8)  # digests of the header are in there, and nothing else
        start = file.read(16)
        header = file.read(_size(start)).replace(f"/{ELSEWHERE}/".encode(), f"/{TOP}/".encode())
        digest = hashlib.sha256(start + header)
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _size(start: bytes) -> int:
    """Bytes of a header's index and data, from the sixteen before them."""
    count, data = (int.from_bytes(start[place : place + 4]) for place in (8, 12))
    assert start[:4] == MAGIC, "rpmbuild wrote no package"
    assert count * 16 + data <= LARGEST, "rpmbuild wrote a package that rpm does not read"
    return count * 16 + data
