import gzip
import io
import lzma
import tarfile
from pathlib import Path

import pytest
import zstandard

from headwater.errors import Failure, Kind
from headwater.toolbox.deb import read_control

CONTROL = b"Package: a\nVersion: 1\nDescription: x\n y\n"


def control_tar(name: str = "./control", kind: bytes = tarfile.REGTYPE) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size, member.type = len(CONTROL), kind
        archive.addfile(member, io.BytesIO(CONTROL))
    return file.getvalue()


def backwards() -> bytes:
    """A tar archive whose first member ends before it begins."""
    evil = tarfile.TarInfo("x")
    evil.size = -1024
    return evil.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def member(name: str, data: bytes) -> bytes:
    return f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)


def deb(name: str, data: bytes) -> bytes:
    return b"!<arch>\n" + member("debian-binary", b"2.0\n") + member(name, data) + member("data.tar", b"")


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [("", bytes), (".gz", gzip.compress), (".xz", lzma.compress), (".zst", zstandard.ZstdCompressor().compress)],
    ids=["plain", "gz", "xz", "zst"],
)
def test_the_control_file_is_read_from_every_compression(suffix: str, compress, tmp_path: Path) -> None:
    file = tmp_path / "a.deb"
    file.write_bytes(deb(f"control.tar{suffix}", compress(control_tar())))
    assert read_control(file) == CONTROL.decode().rstrip("\n")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"!<arch>\n" + b"\xff" * 60,
        b"!<arch>\n" + member("debian-binary", b"2.0\n"),
        deb("control.tar.xz", b"no xz"),
        deb("control.tar.br", control_tar()),
        deb("control.tar", control_tar("../control")),
        deb("control.tar", control_tar(kind=tarfile.SYMTYPE)),
        b"!<arch>\n" + member("x", b"").replace(b"0         `", b"-60       `"),
        deb("control.tar", gzip.compress(control_tar())),
        deb("control.tar", backwards()),
        b"!<arch>\n" + member("control.tar", b"x" * 10).replace(b"10        `", b"9999999999`"),
    ],
    ids=[
        *("empty", "zip", "noise", "no-control", "bad-xz", "unknown", "other-path", "link"),
        *("ar-goes-back", "compressed-under-a-plain-name", "tar-goes-back", "huge"),
    ],
)
def test_a_file_that_is_no_deb_is_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.deb"
    file.write_bytes(content)
    with pytest.raises(Failure) as caught:
        read_control(file)
    assert caught.value.kind is Kind.SOURCE
