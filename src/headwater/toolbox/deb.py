"""Reads the control file of a .deb (deb(5): an `ar` archive whose second member is a compressed tar)."""

from __future__ import annotations

import io
import lzma
import tarfile
import zlib
from pathlib import Path

import zstandard

from headwater.errors import Kind, fail
from headwater.tarheader import Header

MAGIC = b"!<arch>\n"
HEADER = 60  # bytes of an ar member's header
MOST = 16 << 20  # bytes of a control archive; those of Debian are below one megabyte


def read_control(path: Path) -> str:
    """The text of the package's control file, without trailing blank lines."""
    try:
        with tarfile.open(fileobj=io.BytesIO(_control_archive(path)), mode="r:", tarinfo=Header) as archive:
            for member in archive:
                if member.name in {"./control", "control"} and member.isfile() and (file := archive.extractfile(member)):
                    return file.read(MOST).decode().rstrip("\n")
    except (tarfile.TarError, lzma.LZMAError, zlib.error, zstandard.ZstdError, UnicodeDecodeError, ValueError) as error:
        raise _damaged(path, str(error)) from None
    raise _damaged(path, "it holds no control file")


def _control_archive(path: Path) -> bytes:
    """The uncompressed control.tar."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise _damaged(path, "it is no ar archive")
        while header := file.read(HEADER):
            if not header[48:58].strip().isdigit():  # a negative size would lead back
                raise ValueError("its ar archive is damaged")
            name, size = header[:16].decode("ascii").strip().rstrip("/"), int(header[48:58])
            if size > MOST and name.startswith("control.tar"):
                raise _damaged(path, f"its control archive claims {size} bytes")
            if name.startswith("control.tar"):
                return _uncompress(file.read(size), name.removeprefix("control.tar"))
            file.seek(size + size % 2, io.SEEK_CUR)
    raise _damaged(path, "it holds no control archive")


def _uncompress(data: bytes, suffix: str) -> bytes:
    match suffix:
        case ".xz":
            return lzma.LZMADecompressor().decompress(data, MOST)
        case ".zst":
            return zstandard.ZstdDecompressor().stream_reader(data).read(MOST)
        case ".gz":
            return zlib.decompressobj(wbits=31).decompress(data, MOST)
        case "":
            return data
        case _:
            raise ValueError(f"control.tar{suffix} is compressed in an unknown way")


def _damaged(path: Path, why: str) -> Exception:
    return fail(Kind.SOURCE, f"`{path.name}` is no .deb file that can be read", why=why)
