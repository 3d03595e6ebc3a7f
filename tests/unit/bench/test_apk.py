"""The .apk packages that a benchmark makes for apko: two gzip members, every file summed, and an index that names them."""

import base64
import gzip
import hashlib
import io
import stat
import tarfile
import zlib
from pathlib import Path

import pytest
from bench.images import apk
from tests.unit.packages import rpm

from headwater.image.model import Entry, Piece
from headwater.store import Store

CONTENT = b"content of a program\n" * 100


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def piece(store) -> Piece:
    pack = store.add_bytes(CONTENT).digest
    held = {"mode": stat.S_IFREG | 0o755, "size": len(CONTENT), "digest": pack, "pack": pack, "package": "tool", "mtime": 7}
    entries = (
        Entry(path="/usr/lib/tool/one", links=1, **held),
        Entry(path="/usr/lib/tool/two", links=1, **held),
        Entry(path="/usr/bin/tool", mode=stat.S_IFLNK | 0o777, target="../lib/tool/one", package="tool"),
    )
    return Piece(package="tool", buildtime=5, entries=entries)


def members(data: bytes) -> list[tuple[bytes, bytes]]:
    """Each gzip member as it stands in the file, and what it holds."""
    found = []
    while data:
        reader = zlib.decompressobj(wbits=31)
        held = reader.decompress(data)
        found.append((data[: len(data) - len(reader.unused_data)], held))
        data = reader.unused_data
    return found


def written(piece: Piece, store: Store, folder: Path) -> tuple[dict[str, str], bytes]:
    """The index's lines by their letters, and the package."""
    said = apk.write_package(rpm("tool", "2:1.0~rc1+x"), piece, ["libc6", "libz"], folder, store)
    (file,) = folder.glob("*.apk")
    return dict(line.split(":", 1) for line in said.splitlines()), file.read_bytes()


def test_the_index_names_the_file_and_sums_its_control(piece, store, tmp_path):
    row, data = written(piece, store, tmp_path)
    (control, _), _ = members(data)
    assert (tmp_path / f"{row['P']}-{row['V']}.apk").is_file()
    assert row["C"] == "Q1" + base64.b64encode(hashlib.sha1(control, usedforsecurity=False).digest()).decode()
    assert (row["S"], row["D"]) == (str(len(data)), "libc6 libz")


def test_the_control_sums_the_files(piece, store, tmp_path):
    _, data = written(piece, store, tmp_path)
    (_, control), (packed, _) = members(data)
    with tarfile.open(fileobj=io.BytesIO(control)) as tar:
        lines = tar.extractfile(".PKGINFO").read().decode().splitlines()
    assert f"datahash = {hashlib.sha256(packed).hexdigest()}" in lines
    assert [line for line in lines if line.startswith("depend")] == ["depend = libc6", "depend = libz"]


def test_every_file_and_link_is_there_with_its_sum_below_its_directories(piece, store, tmp_path):
    _, data = written(piece, store, tmp_path)
    with tarfile.open(fileobj=io.BytesIO(members(data)[1][1])) as tar:
        found = {member.name: member for member in tar.getmembers()}
        assert tar.extractfile("usr/lib/tool/one").read() == CONTENT
    names = list(found)
    assert names.index("usr") < names.index("usr/lib") < names.index("usr/lib/tool") < names.index("usr/lib/tool/one")
    assert (found["usr/lib/tool/two"].type, found["usr/lib/tool/two"].linkname) == (tarfile.LNKTYPE, "usr/lib/tool/one")
    sums = {name: member.pax_headers[apk.SUM] for name, member in found.items() if member.isreg() or name == "usr/bin/tool"}
    assert sums == {
        "usr/lib/tool/one": hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest(),
        "usr/bin/tool": hashlib.sha1(b"../lib/tool/one", usedforsecurity=False).hexdigest(),
    }


def test_a_repository_has_all_packages_and_why_they_came(piece, store, tmp_path, monkeypatch):
    monkeypatch.setattr(apk, "pieces", lambda packages, *_: tuple(piece for _ in packages))
    packages = [rpm(name) for name in ("libc6", "tool")]
    reasons = {"tool": "Wanted", "libc6": "required by tool for libc.so.6"}
    apk.write_repository(packages, reasons, tmp_path / "packages", None, store)
    folder = tmp_path / "packages" / "x86_64"
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress((folder / apk.INDEX).read_bytes()))) as tar:
        *rows, rest = tar.extractfile("APKINDEX").read().decode().split("\n\n")
    assert not rest  # a package without an empty line behind it is none
    said = [dict(line.split(":", 1) for line in row.splitlines()) for row in rows]
    assert {row["P"]: row["D"] for row in said} == {"libc6": "", "tool": "libc6"}
    assert {path.name for path in folder.iterdir()} == {apk.INDEX, "libc6-1-r0.apk", "tool-1-r0.apk"}
