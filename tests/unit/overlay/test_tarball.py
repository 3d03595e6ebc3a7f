"""Archives: hostile ones are refused, good ones are packed to the same bytes every time."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from headwater.config.overlays import FileRemove, FileSearchReplace, Overlay
from headwater.digest import digest_file
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.overlay import apply, apply_compat, tarball
from headwater.store import Store
from headwater.upstream.model import Archive, LooseFile, Pin, SourceTree

Entry = tuple[str, bytes, bytes | str]  # name, type, content or link
GOOD: list[Entry] = [
    ("a-1/", tarfile.DIRTYPE, b""),
    ("a-1/README", tarfile.REGTYPE, b"wet\n"),
    ("a-1/src/b.c", tarfile.REGTYPE, b"int wet;\n"),
    ("a-1/link", tarfile.SYMTYPE, "src/b.c"),
    ("a-1/hard", tarfile.LNKTYPE, "a-1/README"),
]
REPLACE = FileSearchReplace(archive="a.tar.gz", file="src/*.c", regex="wet", replacement="dry")


def packed(entries: list[Entry], mtime: int = 5, kind: str = "gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{kind}", format=tarfile.PAX_FORMAT) as tar:
        for name, type_, content in entries:
            info = tarfile.TarInfo(name)
            info.type, info.mtime, info.uid, info.uname, info.mode = type_, mtime, 1000, "somebody", 0o4775
            if isinstance(content, str):
                info.linkname = content
            info.size = len(content) if type_ == tarfile.REGTYPE else 0
            tar.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return out.getvalue()


def changed(data: bytes, store: Store, *overlays: Overlay) -> tuple[Archive, list[tuple[str, bytes | None, bytes | None]]]:
    result, changes = apply(tree_of(data, store), overlays or [REPLACE], store)
    return result.archives["a.tar.gz"], [(change.file, change.before, change.after) for change in changes]


def tree_of(data: bytes, store: Store) -> SourceTree:
    blob = store.add_bytes(data)
    return SourceTree(
        component="a",
        spec="a.spec",
        files={"a.spec": LooseFile(content=b"Name: a\n")},
        archives={"a.tar.gz": Archive(digest=blob.digest, sha512="0", size=blob.size, origin="somewhere")},
        pin=Pin(kind="local", name="a", digest=""),
    )


def test_the_same_bytes_whatever_the_order_the_times_and_the_owners(store_here: Store) -> None:
    one, changes = changed(packed(GOOD), store_here)
    shuffled = [GOOD[0], GOOD[2], GOOD[1], GOOD[4], GOOD[3]]
    other, _ = changed(packed(shuffled, mtime=9), store_here)
    assert one == other
    assert changes == [("src/b.c", b"int wet;\n", b"int dry;\n")]
    assert one.sha512 == digest_file(store_here.path(one.digest), "sha512")
    with tarfile.open(store_here.path(one.digest)) as tar:
        members = {member.name: member for member in tar}
        assert list(members) == sorted(members)
        assert {(m.mtime, m.uid, m.gid, m.uname) for m in members.values()} == {(0, 0, 0, "")}
        assert members["a-1/link"].linkname == "src/b.c"
        assert members["a-1/hard"].isreg()
        assert not members["a-1/README"].mode & 0o7000


def test_a_second_time_it_comes_from_the_store(store_here: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(GOOD)  # gzip says when it ran
    first = changed(data, store_here)
    monkeypatch.setattr("headwater.overlay.archives.opened", None)
    assert changed(data, store_here) == first


def test_overlays_on_one_archive_build_on_each_other(store_here: Store) -> None:
    more = FileSearchReplace(archive="a.tar.gz", file="**", regex="dry", replacement="damp")
    archive, changes = changed(packed(GOOD), store_here, REPLACE, more, FileRemove(archive="a.tar.gz", file="{link,hard}"))
    assert [(file, after) for file, _, after in changes] == [
        ("src/b.c", b"int dry;\n"),
        ("src/b.c", b"int damp;\n"),
        ("hard", None),
        ("link", None),
    ]
    with tarfile.open(store_here.path(archive.digest)) as tar:
        assert tar.getnames() == ["a-1", "a-1/README", "a-1/src/b.c"]


@pytest.mark.parametrize("kind", ["", "gz", "bz2", "xz"])
def test_compression_is_kept_whatever_the_name_says(store_here: Store, kind: str) -> None:
    archive, _ = changed(packed(GOOD, kind=kind), store_here)
    with tarfile.open(store_here.path(archive.digest), f"r:{kind}") as tar:
        assert "a-1/README" in tar.getnames()


@pytest.mark.parametrize(
    "entry",
    [
        ("/etc/passwd", tarfile.REGTYPE, b"x"),
        ("a-1/../../x", tarfile.REGTYPE, b"x"),
        ("../x", tarfile.REGTYPE, b"x"),
        ("a-1/up", tarfile.SYMTYPE, "../../x"),
        ("a-1/etc", tarfile.SYMTYPE, "/etc"),
        ("a-1/empty", tarfile.SYMTYPE, ""),
        ("a-1/hard2", tarfile.LNKTYPE, "/etc/passwd"),
        ("a-1/hard2", tarfile.LNKTYPE, "../x"),
        ("a-1/hard2", tarfile.LNKTYPE, "a-1/link"),
        ("a-1/null", tarfile.CHRTYPE, b""),
        ("a-1/sda", tarfile.BLKTYPE, b""),
        ("a-1/pipe", tarfile.FIFOTYPE, b""),
        ("a-1/link/behind", tarfile.REGTYPE, b"x"),
        ("a-1/README/behind", tarfile.REGTYPE, b"x"),
    ],
    ids=lambda entry: f"{entry[0]} {entry[2]!r}",
)
def test_hostile_members(store_here: Store, entry: Entry) -> None:
    refused(lambda: changed(packed([*GOOD, entry]), store_here))


def test_an_archive_that_is_none_or_ends_early(store_here: Store) -> None:
    refused(lambda: changed(b"no archive at all", store_here))
    refused(lambda: changed(packed(GOOD)[:60], store_here))
    refused(lambda: changed(gzip.compress(gzip.decompress(packed(GOOD))[:700]), store_here))
    plain = bytearray(gzip.decompress(packed(GOOD)))
    plain[512 + 148] ^= 1  # the checksum of the second header
    refused(lambda: changed(bytes(plain), store_here))


@pytest.mark.parametrize(
    ("kind", "size"),
    [(tarfile.REGTYPE, -512), (tarfile.REGTYPE, 1 << 70), (tarfile.GNUTYPE_LONGNAME, 6 << 30), (tarfile.XHDTYPE, 6 << 30)],
)
def test_a_size_that_leads_back_or_takes_all_memory(store_here: Store, kind: bytes, size: int) -> None:
    evil = tarfile.TarInfo("a-1/x")
    evil.type, evil.size = kind, size
    refused(lambda: changed(gzip.decompress(packed(GOOD))[:2560] + evil.tobuf(tarfile.GNU_FORMAT) + bytes(4096), store_here))


@pytest.mark.parametrize("change", [apply, partial(apply_compat, where=Origin(file="a.toml"))], ids=["strict", "compat"])
def test_a_name_that_is_no_utf8_is_kept_and_no_change_is_about_it(store_here: Store, change: Callable[..., Any]) -> None:
    odd = tree_of(packed([*GOOD[:3], ("a-1/\udcff", tarfile.REGTYPE, b"wet\n")]), store_here)
    tree, _ = change(odd, [REPLACE], store_here)
    with tarfile.open(store_here.path(tree.archives["a.tar.gz"].digest)) as tar:
        assert "a-1/\udcff" in tar.getnames()
    with pytest.raises(Failure, match=r"the name '\\udcff' in `a.tar.gz` is no UTF-8"):
        change(odd, [FileRemove(archive="a.tar.gz", file="**")], store_here)


def test_deflate_that_is_none(store_here: Store) -> None:
    refused(lambda: changed(packed(GOOD)[:10] + b"\xff" * 99, store_here))


def test_a_removed_file_that_is_large_is_summed_up(store_here: Store) -> None:
    large = [*GOOD, ("a-1/large", tarfile.REGTYPE, bytes(3 << 20))]
    _, changes = changed(packed(large), store_here, FileRemove(archive="a.tar.gz", file="large"))
    assert changes == [("large", f"{3 << 20} bytes, SHA-256 {hashlib.sha256(bytes(3 << 20)).hexdigest()}\n".encode(), None)]


def test_an_archive_that_grows_beyond_the_limit(store_here: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tarball, "MOST_BYTES", 4096)
    refused(lambda: changed(packed([*GOOD, ("a-1/zeros", tarfile.REGTYPE, bytes(1 << 20))]), store_here))


def refused(work: Callable[[], object]) -> None:
    with pytest.raises(Failure) as caught:
        work()
    assert caught.value.kind is Kind.SOURCE


@pytest.fixture
def store_here(tmp_path) -> Store:
    return Store(tmp_path / "store")
