"""Addresses of servers, and what lets us in."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import create_server

import pytest

from headwater.engine import Server
from headwater.engine.server import check, open_channel
from headwater.errors import Failure, Kind


@pytest.mark.parametrize(
    ("url", "instance"),
    [
        ("grpc://127.0.0.1:50051", ""),
        ("grpc://[::1]:50051/main", "main"),
        ("grpcs://builds.example/a/b/", "a/b"),
    ],
)
def test_a_url_names_host_port_and_instance(url: str, instance: str) -> None:
    server = Server(url=url)
    check(server)
    assert server.instance == instance


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://x:1", Kind.USAGE),
        ("grpc://", Kind.USAGE),
        ("grpc://host", Kind.USAGE),
        ("grpc://host:99999", Kind.USAGE),
        ("grpcs://host/a?b", Kind.USAGE),
        ("grpcs://host/\x1b[31m", Kind.USAGE),
        ("grpcs://me:secret@host", Kind.USAGE),
        ("somewhere", Kind.USAGE),
    ],
)
def test_what_is_no_server_is_refused(url: str, kind: Kind) -> None:
    with pytest.raises(Failure) as raised:
        check(Server(url=url))
    assert raised.value.kind is kind
    assert "secret" not in str(raised.value.problems)


def test_nothing_secret_goes_over_a_line_that_others_read(tmp_path: Path) -> None:
    for more in ({"token_file": tmp_path}, {"token_variable": "X"}, {"certificate": tmp_path, "key": tmp_path}):
        with pytest.raises(Failure) as raised:
            check(Server(url="grpc://host:1", **more))
        assert raised.value.kind is Kind.CONFIG


def test_a_certificate_has_its_key(tmp_path: Path) -> None:
    with pytest.raises(Failure) as raised:
        check(Server(url="grpcs://host", certificate=tmp_path))
    assert "`key`" in raised.value.problems[0].hint


@pytest.mark.parametrize("content", [None, "", "two words", "\x00\x01"])
def test_a_token_that_is_none_is_said_at_once(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    with pytest.raises(Failure) as raised:
        open_channel(Server(url="grpcs://host", token_file=path))
    assert raised.value.kind is Kind.CONFIG
    assert str(path) in raised.value.problems[0].why


def test_a_ca_that_is_none_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "ca").write_text("no PEM")
    for path in (tmp_path / "ca", tmp_path / "gone"):
        with pytest.raises(Failure) as raised:
            open_channel(Server(url="grpcs://host", table="cache", ca=path))
        assert "HEADWATER_CACHE_CA" in raised.value.problems[0].hint


ALONE = """
import sys
from headwater.engine import Server, open_engine
from headwater.errors import Failure
try:
    with open_engine(None, None, server=Server(url=sys.argv[1])):
        pass
except Failure as failure:
    print(failure.kind.name)
"""


def test_what_grpc_says_is_told_by_us_alone() -> None:
    """It writes to the terminal by itself, unless it is told otherwise before it is loaded: thus a process of its own."""
    with create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def answer() -> None:
            with listener.accept()[0] as line:
                line.recv(1 << 16)  # a line that is closed with something unread is cut before the answer is seen
                line.sendall(b"this is not TLS")
                line.recv(1 << 16)

        pool.submit(answer)
        words = [sys.executable, "-c", ALONE, f"grpcs://127.0.0.1:{listener.getsockname()[1]}"]
        environment = {name: value for name, value in os.environ.items() if name != "GRPC_VERBOSITY"}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True, timeout=100)
    assert (done.stdout, done.stderr) == ("CONFIG\n", "")
