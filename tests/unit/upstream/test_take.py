"""Component -> SourceTree, and where origins lie."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from headwater.config.model import Component, DebianPool, Download, PyPI, SourceFile, SpecSource, SpecType
from headwater.errors import Failure, Kind
from headwater.store import Store
from headwater.upstream import download, names_in, origins, take
from headwater.upstream.download import Refused
from headwater.upstream.model import LooseFile

SPEC = b"Name: a\nSource0: https://a.invalid/%{name}-1.tar.gz\nSource1: a.conf\nPatch: %{name}-fix.patch\nPatch2: gone.patch\n"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for name, content in {"a.spec": SPEC, "a.conf": b"x=1\n", "a-fix.patch": b"--- a\n", "notes.txt": b"mine"}.items():
        (folder / name).write_bytes(content)
    return folder


def local() -> Component:
    return Component(name="a", spec=SpecSource(type=SpecType.LOCAL, path="a.spec"))


def known(store: Store, name: str, content: bytes) -> SourceFile:
    """A source file that is in the store already."""
    sha512 = hashlib.sha512(content).hexdigest()
    store.put("source", sha512, {"file": content}, facts="test")
    return SourceFile(filename=name, hash=sha512, hash_type="SHA512", origin=Download(uri="http://nowhere.invalid/"))


def test_a_local_spec_brings_the_files_it_names(project: Path, store: Store) -> None:
    (project / "a.conf").chmod(0o755)
    tree = take(local(), store, root=project)
    assert set(tree.files) == {"a.spec", "a.conf", "a-fix.patch"}
    assert tree.files["a.conf"] == LooseFile(content=b"x=1\n", mode=0o755)
    assert tree.pin.kind == "local"
    assert tree.text.encode() == SPEC


def test_a_link_beside_a_spec_is_refused(project: Path, store: Store) -> None:
    (project / "a.conf").unlink()
    (project / "a.conf").symlink_to("/etc/passwd")
    with pytest.raises(Failure) as caught:
        take(local(), store, root=project)
    assert caught.value.kind is Kind.SOURCE


def test_a_missing_spec_is_a_failure(tmp_path: Path, store: Store) -> None:
    with pytest.raises(Failure) as caught:
        take(local(), store, root=tmp_path)
    assert caught.value.kind is Kind.SOURCE


def test_the_spec_of_an_archive(tmp_path: Path, store: Store) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        info = tarfile.TarInfo("a-1/upstream-name.spec")
        info.size = len(SPEC)
        tar.addfile(info, io.BytesIO(SPEC))
    component = Component(
        name="a",
        spec=SpecSource(type=SpecType.ARCHIVE),
        source_files=(known(store, "a-1.tar", packed.getvalue()), known(store, "extra", b"e")),
    )
    tree = take(component, store, root=tmp_path, offline=True)
    assert (tree.spec, tree.pin.member) == ("a.spec", "a-1/upstream-name.spec")
    assert set(tree.archives) == {"a-1.tar", "extra"}


def test_an_archive_that_source_files_lack(tmp_path: Path, store: Store) -> None:
    component = Component(name="a", spec=SpecSource(type=SpecType.ARCHIVE, archive="b.tar"))
    with pytest.raises(Failure) as caught:
        take(component, store, root=tmp_path)
    assert caught.value.kind is Kind.CONFIG


def test_all_missing_sources_are_told_together(tmp_path: Path, store: Store) -> None:
    files = tuple(SourceFile(filename=name, hash=digit * 128, hash_type="SHA512") for name, digit in (("a", "1"), ("b", "2")))
    with pytest.raises(Failure) as caught:
        take(Component(name="a", spec=SpecSource(type=SpecType.ARCHIVE), source_files=files), store, root=tmp_path)
    assert len(caught.value.problems) == 2


def test_names_in_a_spec() -> None:
    text = "Source: https://x.invalid/d/%{name}-%version.tgz#/y.tgz\npatch12 : a[1].patch\nSourceLicense: MIT\n# Source1: no\n"
    assert list(names_in(text)) == ["y.tgz", "a?1?.patch"]


def test_a_pool_path_stays_in_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origins, "_mirror", lambda: "http://mirror.invalid/d/")
    place = origins.locate(DebianPool(path="main/liba/libaio/libaio_1~2.orig.tar.gz"), "x")
    assert place.url == "http://mirror.invalid/d/pool/main/liba/libaio/libaio_1~2.orig.tar.gz"
    for path in ("main/../../x", "/etc/passwd", "contrib/a", "../main/x"):
        with pytest.raises(Refused):
            origins.locate(DebianPool(path=path), "x")


def test_a_file_on_an_index(monkeypatch: pytest.MonkeyPatch) -> None:
    page = b'{"name": "a.b", "files": [{"filename": "a_b-1.tar.gz", "url": "../../files/a_b-1.tar.gz#x", "hashes": {}}]}'
    asked = []

    def answer(url: str, **_: object) -> tuple[bytes, str]:
        asked.append(url)
        return page, url

    monkeypatch.setattr(download, "get", answer)
    monkeypatch.setattr(
        origins, "pip_settings", lambda: origins.PipSettings(index="http://index.invalid/simple/", certificates="/c")
    )
    place = origins.locate(PyPI(project="A_B"), "a_b-1.tar.gz")
    assert asked == ["http://index.invalid/simple/a-b/"]
    assert (place.url, place.certificates) == ("http://index.invalid/files/a_b-1.tar.gz#x", "/c")
    with pytest.raises(Refused):
        origins.locate(PyPI(project="a-b"), "a_b-2.tar.gz")
    with pytest.raises(Refused):
        origins.locate(PyPI(project="../a"), "x")


def test_an_index_that_answers_in_html_says_so() -> None:
    with pytest.raises(Refused, match="PEP 691"):
        origins.find_file(b"<html></html>", "a")
