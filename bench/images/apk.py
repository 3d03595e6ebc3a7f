"""Packages of apko's format, of the same trees as our RPMs: .apk files (version 2) in a repository with its index.

A .apk is gzip members one behind the other: a tar without an end that holds .PKGINFO, and a tar of the files. A member before
both would be the signature; it is left out, as that of the index, and apko is told to ask for none.
"""

import base64
import gzip
import hashlib
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from headwater.image.contents import Contents
from headwater.image.index import complete, merge
from headwater.image.model import Entry, Piece
from headwater.image.segments import pieces
from headwater.image.tar import BLOCK
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox

ARCH, INDEX = "x86_64", "APKINDEX.tar.gz"
SUM = "APK-TOOLS.checksum.SHA1"  # the PAX record that every file and link has
REASON = re.compile(r"required by (\S+)")  # as an image says why a package is in it that nobody named


def write_repository(packages: Sequence[Rpm], reasons: Mapping[str, str], place: Path, toolbox: Toolbox, store: Store) -> None:
    """Packages of an image, with an index of them, in `place`/x86_64; `reasons` are the image's, so they need what it found."""
    folder = place / ARCH
    folder.mkdir(parents=True)
    needs: dict[str, list[str]] = {}
    for name, reason in sorted(reasons.items()):
        if found := REASON.match(reason):
            needs.setdefault(found[1], []).append(name)
    parts = zip(packages, pieces(packages, toolbox, store), strict=True)
    rows = [write_package(rpm, piece, needs.get(rpm.name, []), folder, store) for rpm, piece in parts]
    files = {"DESCRIPTION": b"", "APKINDEX": "".join(f"{row}\n" for row in rows).encode()}  # an empty line ends a package
    (folder / INDEX).write_bytes(_packed(b"".join(_file(name, text) for name, text in files.items()) + b"\0" * 2 * BLOCK))


def write_package(rpm: Rpm, piece: Piece, needs: Sequence[str], folder: Path, store: Store) -> str:
    """Write one package, which needs others by name; returns its lines of the index."""
    version = ".".join(re.findall(r"\d+", rpm.version)) + "-r0"  # apk reads fewer signs in a version than rpm
    size = sum(entry.size for entry in piece.entries)
    data = _packed(b"".join(_members(piece, store)) + b"\0" * 2 * BLOCK)
    said = {"pkgname": rpm.name, "pkgver": version, "arch": ARCH, "origin": rpm.component, "size": size}
    said |= {"builddate": piece.buildtime, "datahash": hashlib.sha256(data).hexdigest()}
    lines = [f"{name} = {value}" for name, value in said.items()] + [f"depend = {name}" for name in needs]
    control = _packed(_file(".PKGINFO", "\n".join([*lines, ""]).encode()))
    (folder / f"{rpm.name}-{version}.apk").write_bytes(control + data)
    identity = f"Q1{base64.b64encode(hashlib.sha1(control, usedforsecurity=False).digest()).decode()}"
    row = {"C": identity, "P": rpm.name, "V": version, "A": ARCH, "S": len(control + data), "I": size, "T": rpm.name}
    row |= {"o": rpm.component, "t": piece.buildtime, "D": " ".join(needs)}
    return "".join(f"{letter}:{value}\n" for letter, value in row.items())


def _members(piece: Piece, store: Store) -> Iterator[bytes]:
    """The files as they stand in a tar, with all directories above them, which apko does not make by itself."""
    first: dict[int, str] = {}  # of each group of hard links, the name that holds the content
    with Contents(store) as contents:
        for path, entry in complete(merge([piece]), piece.buildtime).items():
            if path == "/":
                continue
            earlier = first.setdefault(entry.links, path) if entry.links else path
            content = contents.whole(entry) if entry.is_file and earlier == path else b""
            yield _header(entry, "" if earlier == path else earlier, content)
            yield content + b"\0" * (-len(content) % BLOCK)


def _header(entry: Entry, hard_link: str, content: bytes) -> bytes:
    info = tarfile.TarInfo(entry.path.lstrip("/"))
    info.mode, info.mtime, info.size = entry.mode & 0o7777, entry.mtime, len(content)
    info.uname, info.gname = entry.user, entry.group
    if hard_link:
        info.type, info.linkname = tarfile.LNKTYPE, hard_link.lstrip("/")
    elif entry.is_directory:
        info.type = tarfile.DIRTYPE
    else:
        info.type, info.linkname = (tarfile.SYMTYPE, entry.target) if entry.is_link else (tarfile.REGTYPE, "")
        summed = entry.target.encode() if entry.is_link else content
        info.pax_headers = {SUM: hashlib.sha1(summed, usedforsecurity=False).hexdigest()}
    return info.tobuf(tarfile.PAX_FORMAT)


def _file(name: str, content: bytes) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info.tobuf(tarfile.PAX_FORMAT) + content + b"\0" * (-len(content) % BLOCK)


def _packed(tar: bytes) -> bytes:
    return gzip.compress(tar, 6, mtime=0)
