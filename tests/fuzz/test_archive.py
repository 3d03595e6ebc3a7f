"""Release archives: hostile names, links, sizes and bytes give a spec or a Failure; nothing is unpacked onto the disk."""

import bz2
import gzip
import hashlib
import io
import lzma
import posixpath
import tarfile
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.config.overlays import FileRemove, FileSearchReplace, Overlay
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.overlay import apply, apply_compat
from headwater.store import Store
from headwater.upstream.archive import read_member
from headwater.upstream.model import Archive, LooseFile, Pin, SourceTree

pytestmark = pytest.mark.timeout(300)
FUZZ = settings(settings.get_profile("fuzz"))
NAMES_WITHIN = st.sampled_from(
    ["a/", "a/a.spec", "a/b/b.c", "./a/x", "a//x", "a/b/", ".", "a/" + "n" * 120, "ü", "a/link", "\udcff", "a\nb", "b.spec"]
)
NAMES = NAMES_WITHIN | st.sampled_from(["../out", "a/../../out", "/etc/passwd", "", "a/link/behind", "a/a.spec/x"])
KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
ODD_KINDS = st.sampled_from(
    [tarfile.CHRTYPE, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE, b"S", b"?"]
)
SIZES = st.none() | st.sampled_from([0, -1, -512, -1024, 1 << 20, 1 << 33, 1 << 70])
COMPRESSIONS: st.SearchStrategy[Callable[[bytes], bytes]] = st.sampled_from(
    [bytes, partial(gzip.compress, mtime=0), bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress]
)
OVERLAYS: list[Overlay] = [
    FileSearchReplace(archive="a.tar", file="**", regex="wet", replacement="dry", description="drier"),
    FileRemove(archive="a.tar", file="b/*", description="less"),
]
HERE = Origin(file="a.toml", line=1)


@st.composite
def archives(draw: Callable) -> bytes:
    """Tar archives of members that are odd but within, or of any names, kinds and sizes; compressed in some way."""
    names, kinds, sizes = draw(st.sampled_from([(NAMES_WITHIN, KINDS, st.none()), (NAMES, KINDS | ODD_KINDS, SIZES)]))
    packed = b""
    for _ in range(draw(st.integers(0, 5))):
        info = tarfile.TarInfo(draw(names))
        info.type = draw(kinds)
        info.linkname = draw(names)
        content = draw(st.sampled_from([b"", b"Name: a\n", b"wet\n" * 300])) if info.type != tarfile.DIRTYPE else b""
        size = draw(sizes)
        info.size = len(content) if size is None else size
        packed += info.tobuf(draw(st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])), errors="surrogateescape")
        packed += content + bytes(-len(content) % 512)
    return draw(COMPRESSIONS)(packed + bytes(draw(st.sampled_from([0, 512, 1024, 10240]))))


GOOD = io.BytesIO()
with tarfile.open(fileobj=GOOD, mode="w", format=tarfile.PAX_FORMAT) as _tar:
    for _name, _content in (("a/a.spec", b"Name: a\n"), ("a/b/b.c", b"wet\n"), ("a/ü", b"wet\n" * 200)):
        _info = tarfile.TarInfo(_name)
        _info.size = len(_content)
        _tar.addfile(_info, io.BytesIO(_content))


@st.composite
def spoilt_ones(draw: Callable, spoil: Callable[[bytes], st.SearchStrategy[bytes]]) -> bytes:
    """A good archive that was spoilt before it was compressed, behind that, or both."""
    content, compress = GOOD.getvalue(), draw(COMPRESSIONS)
    inner = draw(spoil(content) | st.just(content))
    return draw(spoil(compress(inner)) | st.just(compress(inner)))


def kept(store: Store, content: bytes) -> Archive:
    blob = store.add_bytes(content)
    return Archive(digest=blob.digest, sha512=hashlib.sha512(content).hexdigest(), size=blob.size)


@given(data=st.data(), member=st.sampled_from(["", "a.spec", "b/b.c", "../out", "\0"]))
@FUZZ
def test_a_spec_is_found_or_the_archive_refused(data: st.DataObject, member: str, outcome, spoilt) -> None:
    content = data.draw(archives() | spoilt_ones(spoilt) | st.binary(max_size=100))
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store")
        found = outcome(lambda: read_member("a.tar", kept(store, content), member, store))
        assert {path.name for path in Path(folder).iterdir()} == {"store"}
        assert not list((store.root / "tmp").iterdir())
    if isinstance(found, Failure):
        assert found.kind is Kind.SOURCE
    else:
        assert not posixpath.normpath(found[0]).startswith(("/", ".."))


@given(data=st.data(), change=st.sampled_from([apply, partial(apply_compat, where=HERE)]))
@FUZZ
def test_what_is_packed_again_holds_nothing_that_leads_out(data: st.DataObject, change: Callable, outcome, spoilt) -> None:
    content = data.draw(archives() | spoilt_ones(spoilt))
    overlays = data.draw(st.sampled_from([OVERLAYS, OVERLAYS[:1], OVERLAYS[1:]]))
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "store")
        tree = tree_of(kept(store, content))
        before = msgspec.json.encode(tree)
        made = outcome(lambda: change(tree, overlays, store))
        assert msgspec.json.encode(tree) == before
        assert {path.name for path in Path(folder).iterdir()} == {"store"}
        assert not list((store.root / "tmp").iterdir()), "what was unpacked is gone again"
        if isinstance(made, Failure):
            assert made.kind in {Kind.SOURCE, Kind.OVERLAY}
            assert not (store.root / "results").exists()
            return
        check(store.read(made[0].archives["a.tar"].digest))


def tree_of(archive: Archive) -> SourceTree:
    files = {"a.spec": LooseFile(content=b"Name: a\n")}
    return SourceTree(
        component="a", spec="a.spec", files=files, archives={"a.tar": archive}, pin=Pin(kind="local", name="a", digest="")
    )


def check(content: bytes) -> None:
    """Every member lies inside, and every link leads to something inside."""
    plain = zstandard.ZstdDecompressor().stream_reader(content).read() if content[:4] == b"\x28\xb5\x2f\xfd" else content
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        for member in tar:
            goal = posixpath.join(posixpath.dirname(member.name), member.linkname) if member.issym() else member.name
            assert not posixpath.normpath(goal).startswith(("/", "..")), member.name
            assert member.isreg() or member.isdir() or member.issym()
            assert not member.mode & 0o7000
