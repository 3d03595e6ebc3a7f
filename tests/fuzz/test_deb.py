"""Debian packages: hostile ones are read within their root, or refused."""

import gzip
import hashlib
import lzma
import tarfile
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.bridge import deb
from headwater.bridge.control import parse_paragraphs
from headwater.bridge.convert import _Writer
from headwater.errors import Failure, Kind
from headwater.toolbox.deb import read_control
from headwater.toolbox.debian import Deb

pytestmark = pytest.mark.timeout(300)
FUZZ = settings(settings.get_profile("fuzz"))
CONTROL = b"Package: sample\nVersion: 1\nArchitecture: amd64\nDescription: a sample\n Text.\n .\n More.\n"
NAMES = st.sampled_from(
    ["./", "./bin", "./bin/x", "./usr/bin/x", "./usr/lib/", "./usr/lib/l", "./usr/lib/l/x", "../x", "./a/../../x", "/etc/x",
     "./a\nb", "./usr/share/doc/sample/copyright", "\udcff", "./" + "d/" * 60 + "x", "./ü", ""]
)  # fmt: skip
KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE])
TARGETS = st.sampled_from(["/etc", "..", "../../..", "x", "./usr/bin/x", "/", "\0", "a\nb"])
COMPRESSIONS = st.sampled_from(
    [
        ("", bytes),
        (".gz", partial(gzip.compress, mtime=0)),
        (".xz", lzma.compress),
        (".zst", zstandard.ZstdCompressor().compress),
    ]
)


def tar(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    out = b""
    for info, content in members:
        out += info.tobuf(tarfile.GNU_FORMAT, errors="surrogateescape") + content + bytes(-len(content) % 512)
    return out + bytes(1024)


def ar(files: list[tuple[str, bytes]]) -> bytes:
    out = b"!<arch>\n"
    for name, data in files:
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    return out


def info(name: str, content: bytes = b"", **fields: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size, made.uname, made.gname = len(content), "root", "root"
    for key, value in fields.items():
        setattr(made, key, value)
    return made


@st.composite
def debs(draw: Callable, spoil: Callable[[bytes], st.SearchStrategy[bytes]]) -> bytes:
    """Debian packages of odd members; each of their layers may be spoilt before the next is put around it."""

    def layer(content: bytes) -> bytes:
        return draw(st.just(content) | st.just(content) | spoil(content))

    members = [(info("./usr/bin/y", b"y"), b"y")]
    for _ in range(draw(st.integers(0, 5))):
        kind = draw(KINDS)
        content = b"wet\n" * 9 if kind == tarfile.REGTYPE else b""
        mtime = draw(st.sampled_from([0, 1, -1, 2**33, 2**62, -(2**62)]))
        user = draw(st.sampled_from(["root", "", "a b", "%{x}"]))
        made = info(
            draw(NAMES), content, type=kind, linkname=draw(TARGETS), uname=user, mtime=mtime, mode=draw(st.integers(0, 0o7777))
        )
        members.append((made, content))
    about = layer(CONTROL)
    control = tar([(info("./control", about), about), (info("./conffiles", b"/etc/x\n"), b"/etc/x\n")])
    (one, squeeze_one), (two, squeeze_two) = draw(COMPRESSIONS), draw(COMPRESSIONS)
    packed = [
        (f"control.tar{one}", layer(squeeze_one(layer(control)))),
        (f"data.tar{two}", layer(squeeze_two(layer(tar(members))))),
    ]
    return layer(ar([("debian-binary", b"2.0\n"), *packed]))


@given(data=st.data())
@FUZZ
def test_a_package_is_unpacked_within_its_root(data: st.DataObject, outcome, spoilt) -> None:
    content = data.draw(debs(spoilt) | st.binary(max_size=100))
    with tempfile.TemporaryDirectory() as folder:
        place, root = Path(folder) / "sample.deb", Path(folder) / "above" / "root"
        place.write_bytes(content)
        root.mkdir(parents=True)
        one = Deb(
            name="sample", version="1", arch="amd64", sha256=hashlib.sha256(content).hexdigest(), size=1, path="p/sample.deb"
        )
        found = outcome(lambda: deb.read(one, place, lambda _: True, _Writer(root)))
        assert {path.name for path in Path(folder).iterdir()} == {"sample.deb", "above"}
        assert [path.name for path in root.parent.iterdir()] == ["root"]
        assert place.read_bytes() == content
        if isinstance(found, Failure):
            assert found.kind is Kind.SOURCE
            return
        for path, entry in found.entries.items():
            assert path == entry.path
            assert path.startswith("/")
            assert not {"..", ".", ""} & set(path[1:].split("/"))


@given(data=st.data())
@FUZZ
def test_control_files_are_read_or_refused(data: st.DataObject, outcome, spoilt) -> None:
    content = data.draw(debs(spoilt) | st.binary(max_size=100))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "sample.deb"
        place.write_bytes(content)
        found = outcome(lambda: read_control(place))
    if isinstance(found, Failure):
        assert found.kind is Kind.SOURCE
    else:
        assert not found.endswith("\n")


@given(data=st.data())
@FUZZ
def test_paragraphs_are_read_or_refused_in_words(data: st.DataObject, spoilt) -> None:
    text = data.draw(spoilt(CONTROL) | st.binary(max_size=200)).decode(errors="replace")
    found, refusal = [], "none"
    try:
        found = list(parse_paragraphs(text))
    except ValueError as error:
        refusal = str(error)
    assert refusal
    assert all(name == name.strip().lower() and name for fields in found for name in fields)
