"""Sources over a real HTTP server on loopback: cut, resumed, wrong, missing, offline."""

import errno
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from headwater.config.model import Download, OverlayOrigin, SourceFile
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.store import Store
from headwater.upstream import download, fetch_source, hosts

CONTENT = bytes(range(256)) * 4096  # 1 MiB


class Server(ThreadingHTTPServer):
    """Serves `files` by path and remembers what it was asked; `cut` ends that many answers in the middle."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.cut = 0
        self.ranges = True

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.asked.append((self.path, wanted))
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.server.ranges else 0
        if start >= len(content) > 0:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        rest = content[start:]
        if self.server.cut:
            self.server.cut -= 1
            rest = rest[: len(rest) // 2]
            self.close_connection = True
        self.wfile.write(rest)

    def log_message(self, *words: object) -> None:
        """Nothing: pytest's output is for pytest."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE", 0.001)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def source(*urls: str, content: bytes = CONTENT) -> SourceFile:
    return SourceFile(
        filename="a-1.tar.gz",
        hash=hashlib.sha512(content).hexdigest().upper(),
        hash_type="SHA512",
        origins=tuple(Download(uri=url) for url in urls),
        where=Origin(file="a.toml", line=7),
    )


def test_a_source_is_fetched_once_and_then_known_offline(server: Server, store: Store) -> None:
    server.files["/a"] = CONTENT
    wanted = source(server.url("/a"))
    found = fetch_source(wanted, store)
    assert store.read(found.digest) == CONTENT
    assert found.size == len(CONTENT)
    assert fetch_source(wanted, store, offline=True) == found
    assert len(server.asked) == 1


def test_offline_without_it_says_so(server: Server, store: Store) -> None:
    with pytest.raises(Failure) as caught:
        fetch_source(source(server.url("/a")), store, offline=True)
    assert caught.value.kind is Kind.SOURCE
    assert caught.value.problems[0].where == Origin(file="a.toml", line=7)
    assert server.asked == []


def test_a_missing_file_leads_to_the_second_origin(server: Server, store: Store) -> None:
    server.files["/there"] = CONTENT
    found = fetch_source(source(server.url("/gone"), server.url("/there")), store)
    assert found.origin == server.url("/there")
    assert [path for path, _ in server.asked] == ["/gone", "/there"]


def test_wrong_content_is_never_kept(server: Server, store: Store) -> None:
    server.files["/a"] = b"evil" + CONTENT[4:]
    with pytest.raises(Failure) as caught:
        fetch_source(source(server.url("/a")), store)
    problem = caught.value.problems[0]
    assert problem.kind is Kind.SOURCE
    assert hashlib.sha512(CONTENT).hexdigest()[:16] in problem.why
    assert hashlib.sha512(server.files["/a"]).hexdigest()[:16] in problem.why
    assert not list((store.root / "partial").iterdir())
    assert not (store.root / "blobs").exists()


def test_wrong_content_leads_to_the_second_origin(server: Server, store: Store) -> None:
    server.files |= {"/wrong": b"evil", "/right": CONTENT}
    assert fetch_source(source(server.url("/wrong"), server.url("/right")), store).origin == server.url("/right")


def test_a_cut_transfer_goes_on_where_it_stopped(server: Server, store: Store) -> None:
    server.files["/a"], server.cut = CONTENT, 1
    assert store.read(fetch_source(source(server.url("/a")), store).digest) == CONTENT
    first, second = server.asked
    assert first == ("/a", "")
    assert 0 < int(second[1].removeprefix("bytes=").removesuffix("-")) < len(CONTENT)


def test_a_later_run_goes_on_where_an_earlier_one_was_cut(server: Server, store: Store) -> None:
    server.files["/a"], server.cut = CONTENT, hosts.ATTEMPTS
    with pytest.raises(Failure):
        fetch_source(source(server.url("/a")), store)
    server.asked.clear()
    fetch_source(source(server.url("/a")), store)
    assert server.asked[0][1] not in {"", "bytes=0-"}


def test_a_server_without_ranges_sends_everything_again(server: Server, store: Store) -> None:
    server.files["/a"], server.cut, server.ranges = CONTENT, 1, False
    assert store.read(fetch_source(source(server.url("/a")), store).digest) == CONTENT


def test_a_beginning_of_something_else_is_thrown_away(server: Server, store: Store) -> None:
    partial = store.root / "partial" / hashlib.sha512(CONTENT).hexdigest()
    partial.parent.mkdir(parents=True)
    for stale in (b"something else", CONTENT + b"and more"):
        partial.write_bytes(stale)
        server.files["/a"] = CONTENT
        assert store.read(fetch_source(source(server.url("/a")), store).digest) == CONTENT
        store._result("source", hashlib.sha512(CONTENT).hexdigest()).unlink()


def test_a_file_that_is_too_large_is_refused(server: Server, tmp_path: Path) -> None:
    server.files["/a"] = CONTENT
    with pytest.raises(download.Refused, match="larger"):
        download.download(server.url("/a"), tmp_path / "a", most=1000)


def test_an_unreachable_host_is_asked_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts.forget()
    attempts = []
    monkeypatch.setattr(download, "_attempt", _refusing(attempts))
    for number in range(3):
        with pytest.raises(Failure) as caught:
            fetch_source(source(f"http://nowhere.invalid/{number}"), store)
        assert "nowhere.invalid" in caught.value.problems[0].why
    assert len(attempts) == 1


def _refusing(attempts: list[str]):
    def attempt(client: download.httpx.Client, url: str, beside: Path, most: int) -> None:
        del client, beside, most
        attempts.append(url)
        raise download.httpx.ConnectError("no such host", request=download.httpx.Request("GET", url))

    return attempt


def test_a_full_disk_is_told_as_such(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def attempt(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download, "_attempt", attempt)
    with pytest.raises(Failure) as caught:
        fetch_source(source("http://somewhere.invalid/a"), store)
    assert caught.value.kind is Kind.STORE


def test_all_origins_say_why(server: Server, store: Store) -> None:
    server.files["/wrong"] = b"evil"
    urls = (server.url("/gone"), server.url("/wrong"), "ftp://old.invalid/a")
    with pytest.raises(Failure) as caught:
        fetch_source(source(*urls), store)
    (problem,) = caught.value.problems
    assert all(url in problem.why for url in urls)
    assert "404" in problem.why


def test_sha256_will_do_and_is_found_again(server: Server, store: Store) -> None:
    server.files["/a"] = CONTENT
    wanted = SourceFile(
        filename="a", hash=hashlib.sha256(CONTENT).hexdigest(), hash_type="SHA256", origin=Download(uri=server.url("/a"))
    )
    found = fetch_source(wanted, store)
    assert found.sha512 == hashlib.sha512(CONTENT).hexdigest()
    assert fetch_source(wanted, store, offline=True) == found
    assert fetch_source(source(), store, offline=True) == found


@pytest.mark.parametrize(
    ("kind", "digits"),
    [("SHA256", "0" * 63), ("", ""), ("SHA512", "0" * 127), ("SHA512", "g" * 128), ("MD5", "0" * 32), ("SHA1", "0" * 40)],
)
def test_only_a_whole_digest_that_counts_will_do(store: Store, kind: str, digits: str) -> None:
    with pytest.raises(Failure) as caught:
        fetch_source(SourceFile(filename="a", hash=digits, hash_type=kind, origin=OverlayOrigin()), store)
    assert caught.value.kind is Kind.CONFIG
