"""Fetching, against a server of the test's own: what a mirror may do wrong."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from headwater.digest import digest_bytes
from headwater.errors import Failure, Kind
from headwater.store import Store
from headwater.toolbox import pool
from headwater.toolbox.model import Deb

CONTENT = bytes(range(256)) * 40


class Mirror(ThreadingHTTPServer):
    """Serves `files` by path; notes the Range of each request."""

    files: dict[str, bytes]
    ranges: list[str | None]


class Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        content = self.server.files.get(self.path)
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(404 if content is None else 206 if wanted else 200)
        self.send_header("Content-Length", str(len((content or b"")[start:])))
        self.end_headers()
        self.wfile.write((content or b"")[start:])

    def log_message(self, *args: object) -> None:
        del args


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    server = Mirror(("127.0.0.1", 0), Handler)
    server.files, server.ranges = {}, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(pool, "mirror", lambda: f"http://127.0.0.1:{server.server_port}/")
    yield server
    server.shutdown()
    server.server_close()


def deb(content: bytes = CONTENT, name: str = "a") -> Deb:
    return Deb(
        name=name, version="1", arch="all", sha256=digest_bytes(content), size=len(content), path=f"pool/{name}_1+x_all.deb"
    )


def test_a_package_is_fetched_once_and_then_needs_no_network(mirror: Mirror, tmp_path: Path) -> None:
    store = Store(tmp_path)
    mirror.files["/pool/a_1%2Bx_all.deb"] = CONTENT
    pool.fetch([deb(), deb()], store)
    assert store.read(deb().sha256) == CONTENT
    pool.fetch([deb()], store, offline=True)
    assert len(mirror.ranges) == 1


def test_a_cut_download_goes_on_where_it_was(mirror: Mirror, tmp_path: Path) -> None:
    store = Store(tmp_path)
    mirror.files["/pool/a_1%2Bx_all.deb"] = CONTENT
    (tmp_path / "partial").mkdir()
    (tmp_path / "partial" / deb().sha256).write_bytes(CONTENT[:100])
    pool.fetch([deb()], store)
    assert mirror.ranges == ["bytes=100-"]
    assert store.read(deb().sha256) == CONTENT


@pytest.mark.parametrize("served", [CONTENT[::-1], CONTENT + b"more", CONTENT[:-1]], ids=["other", "longer", "shorter"])
def test_other_content_is_refused_and_not_kept(served: bytes, mirror: Mirror, tmp_path: Path) -> None:
    store = Store(tmp_path)
    mirror.files["/pool/a_1%2Bx_all.deb"] = served
    with pytest.raises(Failure) as caught:
        pool.fetch([deb()], store)
    assert caught.value.kind is Kind.SOURCE
    assert not store.has(deb().sha256)
    assert not list((tmp_path / "partial").iterdir())


def test_what_the_mirror_lacks_is_given_back_or_a_failure(mirror: Mirror, tmp_path: Path) -> None:
    store = Store(tmp_path)
    mirror.files["/pool/a_1%2Bx_all.deb"] = CONTENT
    gone = deb(b"gone", "b")
    assert pool.fetch_what_is_there([deb(), gone], store) == (gone,)
    assert store.has(deb().sha256)
    with pytest.raises(Failure) as caught:
        pool.fetch([gone], store)
    assert caught.value.problems[0].hint == "hw toolbox update"


def test_offline_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        pool.fetch([deb()], Store(tmp_path), offline=True)
    assert "a_1+x_all.deb" in caught.value.problems[0].why


def test_a_mirror_that_does_not_answer_is_a_source_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pool, "mirror", lambda: "http://127.0.0.1:1/")
    monkeypatch.setattr(pool, "ATTEMPTS", 1)
    with pytest.raises(Failure) as caught:
        pool.fetch([deb()], Store(tmp_path))
    assert caught.value.kind is Kind.SOURCE
