"""Hostile and damaged release archives, made here."""

import bz2
import gzip
import hashlib
import io
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from headwater.errors import Failure, Kind
from headwater.store import Store
from headwater.upstream import archive
from headwater.upstream.model import Archive

SPEC = b"Name: a\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def pack(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content) if info.isreg() else None)
    return packed.getvalue()


def keep(store: Store, data: bytes) -> Archive:
    blob = store.add_bytes(data)
    return Archive(digest=blob.digest, sha512=hashlib.sha512(data).hexdigest(), size=blob.size)


def read(store: Store, data: bytes, wanted: str = "") -> tuple[str, bytes]:
    return archive.read_member("a-1.tar", keep(store, data), wanted, store)


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress])
def test_the_only_spec_is_found_whatever_the_compression(store: Store, compress: Callable[[bytes], bytes]) -> None:
    data = compress(pack(member("a-1/README", b"x" * 9000), member("./a-1/a.spec", SPEC), member("a-1/z", b"z")))
    assert read(store, data) == ("a-1/a.spec", SPEC)


def test_a_found_spec_is_not_looked_for_again(store: Store) -> None:
    packed = keep(store, pack(member("a/a.spec", SPEC)))
    first = archive.read_member("a.tar", packed, "", store)
    store._place(packed.digest).unlink()
    assert archive.read_member("a.tar", packed, "", store) == first


def test_of_two_specs_the_named_one_is_taken(store: Store) -> None:
    data = pack(member("a/a.spec", SPEC), member("a/suse/a.spec", b"other"))
    with pytest.raises(Failure) as caught:
        read(store, data)
    assert caught.value.kind is Kind.SOURCE
    assert "a/suse/a.spec" in caught.value.problems[0].why
    assert read(store, data, "a.spec") == ("a/a.spec", SPEC)
    assert read(store, data, "a/suse/a.spec") == ("a/suse/a.spec", b"other")


def test_no_spec_is_a_failure_that_names_the_archive(store: Store) -> None:
    with pytest.raises(Failure) as caught:
        read(store, pack(member("a/README", b"")))
    assert "a-1.tar" in caught.value.problems[0].what


@pytest.mark.parametrize(
    ("evil", "named"),
    [
        (member("../out", b"x"), "../out"),
        (member("a/../../out", b"x"), "a/../../out"),
        (member("/etc/shadow", b"x"), "/etc/shadow"),
        (member("a/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3), "a/null"),
        (member("a/disk", type=tarfile.BLKTYPE, devmajor=8), "a/disk"),
        (member("a/pipe", type=tarfile.FIFOTYPE), "a/pipe"),
        (member("a/link", type=tarfile.SYMTYPE, linkname="/etc/shadow"), "a/link"),
        (member("a/link", type=tarfile.SYMTYPE, linkname="../../shadow"), "a/link"),
        (member("a/hard", type=tarfile.LNKTYPE, linkname="../shadow"), "a/hard"),
        (member("a/a.spec", type=tarfile.SYMTYPE, linkname="b.spec"), "a/a.spec"),
    ],
)
def test_hostile_members_are_refused_by_name(store: Store, evil: tuple[tarfile.TarInfo, bytes], named: str) -> None:
    for data in (pack(evil, member("b/b.spec", SPEC)), pack(member("b/b.spec", SPEC), evil)):
        with pytest.raises(Failure) as caught:
            read(store, data)
        problem = caught.value.problems[0]
        assert problem.kind is Kind.SOURCE
        assert "a-1.tar" in problem.what
        assert named in problem.why


def test_links_within_the_archive_are_fine(store: Store) -> None:
    data = pack(member("a/a.spec", SPEC), member("a/b/link", type=tarfile.SYMTYPE, linkname="../a.spec"))
    assert read(store, data)[1] == SPEC


def test_a_bomb_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "SMALL", 1 << 20)
    monkeypatch.setattr(archive, "SWELLING", 100)
    with pytest.raises(Failure) as caught:
        read(store, gzip.compress(pack(member("a/zero", bytes(8 << 20)), member("a/a.spec", SPEC))))
    assert "unpacks to more than" in caught.value.problems[0].why


def test_a_huge_spec_is_refused(store: Store) -> None:
    with pytest.raises(Failure) as caught:
        read(store, pack(member("a/a.spec", bytes(archive.SPEC_SIZE + 1))))
    assert "a/a.spec" in caught.value.problems[0].why


def test_a_header_that_announces_gigabytes_of_names_is_refused(store: Store) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 6 << 30
    with pytest.raises(Failure) as caught:
        read(store, info.tobuf(tarfile.GNU_FORMAT) + bytes(4096))
    assert caught.value.kind is Kind.SOURCE


def test_names_that_are_a_bomb_are_refused_before_they_are_read(store: Store) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 100 << 20
    with pytest.raises(Failure) as caught:
        read(store, gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(100 << 20)))
    assert "header" in caught.value.problems[0].why


def test_a_member_that_goes_back_is_refused(store: Store) -> None:
    info = tarfile.TarInfo("a/x")
    info.size = -512
    with pytest.raises(Failure) as caught:
        read(store, info.tobuf(tarfile.GNU_FORMAT) + pack(member("a/a.spec", SPEC)))
    assert caught.value.kind is Kind.SOURCE


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress])
def test_a_cut_archive_is_damaged(store: Store, compress: Callable[[bytes], bytes]) -> None:
    data = compress(pack(member("a/noise", bytes(range(256)) * 400), member("a/a.spec", SPEC)))
    with pytest.raises(Failure) as caught:
        read(store, data[: len(data) // 2])
    assert caught.value.kind is Kind.SOURCE


def test_what_is_no_archive_is_a_failure(store: Store) -> None:
    with pytest.raises(Failure) as caught:
        read(store, b"<html>not found</html>" * 100)
    assert caught.value.kind is Kind.SOURCE
