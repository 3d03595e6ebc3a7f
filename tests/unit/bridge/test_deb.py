"""Reading .deb files: what a good one gives, and that no bad one is taken."""

import hashlib
import io
import tarfile
from pathlib import Path
from typing import IO

import pytest

from headwater.bridge import archive, deb, maintainer_scripts
from headwater.bridge.model import Contents, Entry, EntryKind
from headwater.errors import Failure, Kind
from headwater.store import Store
from headwater.toolbox.debian import Deb

CONTROL = (
    "Package: sample\nVersion: 1:1.0-2\nArchitecture: amd64\nMaintainer: A <a@example.org>\nDescription: a sample\n Text.\n"
)


def member(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = len(data), 1_000_000, 0o644
    info.uname = info.gname = "root"
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def folder(name: str, **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.DIRTYPE, **({"mode": 0o755} | fields))


def link(name: str, target: str, **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.SYMTYPE, linkname=target, **fields)


def tar(*members: tuple[tarfile.TarInfo, bytes], compression: str = "xz") -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=f"w:{compression}") as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return held.getvalue()


def ar(*files: tuple[str, bytes]) -> bytes:
    out = b"!<arch>\n"
    for name, data in files:
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    return out


def packed(*members: tuple[tarfile.TarInfo, bytes], control: str = CONTROL, conffiles: str = "") -> bytes:
    about = tar(member("./control", control.encode()), member("./conffiles", conffiles.encode()), compression="gz")
    return ar(("debian-binary", b"2.0\n"), ("control.tar.gz", about), ("data.tar.xz", tar(*members)))


def read(data: bytes, tmp_path: Path) -> tuple[Contents, dict[str, bytes]]:
    """What is read from a .deb of these bytes, and the content of its files."""
    path = tmp_path / "sample.deb"
    path.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    one = Deb(name="sample", version="1:1.0-2", arch="amd64", sha256=sha256, size=len(data), path="pool/s/sample.deb")
    written: dict[str, bytes] = {}

    def write(entry: Entry, content: IO[bytes] | None) -> None:
        written[entry.path] = content.read() if content else b""

    return deb.read(one, path, lambda entry: not entry.path.startswith("/usr/share/man"), write), written


def test_a_good_package_is_read_whole(tmp_path: Path) -> None:
    data = packed(
        folder("./"),
        folder("./bin"),
        member("./bin/tool", b"#!", mode=0o4755, gname="shadow"),
        link("./usr/bin/other", "tool"),
        member("./etc/tool.conf", b"x=1\n"),
        member("./usr/share/man/man1/tool.1", b"manual"),
        member("./usr/share/doc/sample/copyright", b"free\n"),
        member("./usr/bin/twin", type=tarfile.LNKTYPE, linkname="./bin/tool"),
        conffiles="/etc/tool.conf\nremove-on-upgrade /etc/old.conf\n",
    )
    contents, written = read(data, tmp_path)
    assert contents.fields["version"] == "1:1.0-2"
    assert contents.conffiles == {"/etc/tool.conf"}
    assert "/bin" not in contents.entries
    tool = contents.entries["/usr/bin/tool"]
    assert (tool.kind, tool.mode, tool.user, tool.group, tool.mtime) == (EntryKind.FILE, 0o4755, "root", "shadow", 1_000_000)
    assert contents.entries["/usr/bin/other"].target == "tool"
    assert contents.entries["/usr/bin/twin"].target == "/usr/bin/tool"
    assert contents.texts == {"/usr/share/doc/sample/copyright": "free\n"}
    assert written["/usr/bin/tool"] == b"#!"
    assert "/usr/share/man/man1/tool.1" in contents.entries.keys() - written.keys()


def test_the_links_of_a_merged_usr_stay(tmp_path: Path) -> None:
    contents, _ = read(packed(link("./bin", "usr/bin"), member("./usr/bin/x", b"1")), tmp_path)
    assert contents.entries["/bin"].kind is EntryKind.LINK


BAD = {
    "a path outside the root": packed(member("./../etc/passwd", b"x")),
    "a path outside after going in": packed(member("./usr/../../etc/passwd", b"x")),
    "an absolute path": packed(member("/etc/passwd", b"x")),
    "a line break in a path": packed(member("./usr/a\n%post", b"x")),
    "a path through a link": packed(link("./usr/lib/x", "/etc"), member("./usr/lib/x/passwd", b"x")),
    "a path through a file": packed(member("./usr/x", b"x"), member("./usr/x/y", b"x")),
    "a link where files lie already": packed(member("./usr/lib/x/passwd", b"x"), link("./usr/lib/x", "/etc")),
    "a file where files lie already": packed(member("./usr/x/y", b"x"), member("./usr/x", b"x")),
    "a member that goes back": ar(
        ("control.tar.gz", tar(member("./control", CONTROL.encode()), compression="gz")),
        ("data.tar", member("./usr/x", size=-512)[0].tobuf(tarfile.GNU_FORMAT) + bytes(1024)),
    ),
    "deflate that is none": ar(
        ("control.tar.gz", tar(member("./control", CONTROL.encode()), compression="gz")),
        ("data.tar.gz", tar(compression="gz")[:10] + b"\xff" * 99),
    ),
    "a character device": packed(member("./dev/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)),
    "a block device": packed(member("./dev/sda", type=tarfile.BLKTYPE)),
    "a fifo": packed(member("./run/pipe", type=tarfile.FIFOTYPE)),
    "the same path twice": packed(member("./usr/x", b"1"), member("./usr/x", b"2")),
    "the same path twice by the merge": packed(member("./bin/x", b"1"), member("./usr/bin/x", b"2")),
    "a twin of nothing": packed(member("./usr/x", type=tarfile.LNKTYPE, linkname="./usr/y")),
    "a twin outside the root": packed(member("./usr/x", type=tarfile.LNKTYPE, linkname="../../etc/shadow")),
    "a twin of a link": packed(link("./usr/y", "/etc/shadow"), member("./usr/x", type=tarfile.LNKTYPE, linkname="./usr/y")),
    "a user that is a macro": packed(member("./usr/x", b"1", uname="%{lua:os.exit()}")),
    "a group with a blank": packed(member("./usr/x", b"1", gname="a b")),
    "another package's name": packed(control=CONTROL.replace("sample", "other", 1)),
    "control that is no control": packed(control="no field here\n"),
    "no data": ar(
        ("debian-binary", b"2.0\n"), ("control.tar.gz", tar(member("./control", CONTROL.encode()), compression="gz"))
    ),
    "two data archives": packed() + ar(("data.tar.gz", tar(compression="gz")))[8:],
    "compression nobody knows": ar(("control.tar.gz", tar(compression="gz")), ("data.tar.lz4", b"x")),
    "no ar archive": b"PK\x03\x04",
    "nothing": b"",
    "a cut file": packed(member("./usr/x", bytes(range(256)) * 500))[:-200],
    "a size beyond the file": ar(("debian-binary", b"2.0\n")).replace(b"4         `", b"4000000   `"),
    "noise for data": ar(
        ("control.tar.gz", tar(member("./control", CONTROL.encode()), compression="gz")), ("data.tar.xz", b"noise" * 99)
    ),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_package_is_refused_and_named(fault: str, tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        read(BAD[fault], tmp_path)
    (problem,) = caught.value.problems
    assert problem.kind is Kind.SOURCE
    assert "sample.deb" in problem.what


def test_more_bytes_than_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deb, "MOST_DATA", 100_000)
    with pytest.raises(Failure, match=r"sample\.deb"):
        read(packed(member("./usr/bomb", bytes(5_000_000))), tmp_path)


def test_more_entries_than_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deb, "MOST_MEMBERS", 10)
    with pytest.raises(Failure, match=r"sample\.deb"):
        read(packed(*(member(f"./usr/{number}", b"x") for number in range(12))), tmp_path)


@pytest.mark.parametrize("compression", ["gz", "xz", ""])
def test_each_compression_is_read(compression: str, tmp_path: Path) -> None:
    suffix = f".{compression}" if compression else ""
    path = tmp_path / "x"
    path.write_bytes(ar((f"data.tar{suffix}", tar(member("./a", b"1"), compression=compression))))
    with archive.open_tar(path, "data", 1 << 20) as members:
        assert [one.name for one in members] == ["./a"]


def kept(data: bytes, store: Store) -> Deb:
    blob = store.add_bytes(data)
    return Deb(name="sample", version="1", arch="amd64", sha256=blob.digest, size=blob.size, path="pool/s/sample.deb")


def test_scripts_of_an_installation_are_read_once_and_never_run(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    scripts = {"postinst": "#!/bin/sh\nldconfig\n", "preinst": "exit 1\n", "prerm": "rm x\n", "postinst.d": ""}
    members = [member(f"./{name}", text.encode()) for name, text in scripts.items()]
    about = tar(member("./control", CONTROL.encode()), *members, link("./config", "/etc/passwd"), compression="gz")
    one = kept(ar(("debian-binary", b"2.0\n"), ("control.tar.gz", about), ("data.tar.xz", tar())), store)
    wanted = {"sample": {"preinst": "exit 1\n", "postinst": "#!/bin/sh\nldconfig\n"}}
    assert maintainer_scripts([one], store, offline=True) == wanted
    store.path(one.sha256).unlink()
    assert maintainer_scripts([one], store, offline=True) == wanted


def test_scripts_of_a_damaged_package_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(Failure) as failure:
        maintainer_scripts([kept(b"no ar archive", store)], store, offline=True)
    assert failure.value.kind is Kind.SOURCE
