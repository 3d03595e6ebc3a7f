"""Images sent to a real registry, Debian's docker-registry on loopback, read back by skopeo; and one that cuts the line."""

import json
import socket
import socketserver
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from headwater import command
from headwater.config.images import ImageKind, ImageRule
from headwater.errors import Failure, Kind
from headwater.image import push
from headwater.image.index import file_of
from headwater.image.model import Artefact, Entry, Ids, Image, Root
from headwater.image.oci import make_oci
from headwater.toolbox import open_toolbox, sandbox

pytestmark = [pytest.mark.toolbox, pytest.mark.mirror]
EPOCH = 1_760_000_000
CONFIG = """version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: /tmp/registry}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="session")
def registry(store, tmp_path_factory) -> Iterator[str]:
    """HOST:PORT of an empty registry."""
    box = open_toolbox("forky", ["docker-registry"], Path(__file__).with_name("registry.lock"), store)
    place, port = tmp_path_factory.mktemp("registry"), free_port()
    (place / "config.yml").write_text(CONFIG.format(port=port))
    bind = sandbox.Bind(source=place, target="/tmp/registry", writable=True)
    words = sandbox.argv(box, ["docker-registry", "serve", "/tmp/registry/config.yml"], binds=[bind], network=True)
    process = command.start(words, log=place / "log")
    try:
        until = time.monotonic() + 60
        while not answers(port):
            assert process.poll() is None, (place / "log").read_text()
            assert time.monotonic() < until, (place / "log").read_text()
            time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        command.end(process)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/v2/", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
def image(store, tmp_path) -> Image:
    """Two packages' files and the directory that they lie in."""
    folder = Entry(path="/", mode=stat.S_IFDIR | 0o755, mtime=EPOCH)
    files = [file_of(f"/{name}", name.encode() * 9999, EPOCH, store, by=name) for name in ("alpha", "beta")]
    root = Root(entries=(folder, *files), ids=Ids(users={"root": 0}, groups={"root": 0}), epoch=EPOCH)
    rule = ImageRule(name="small", kind=ImageKind.OCI)
    layout, digest = make_oci(rule, "1", root, {"alpha": "alpha", "beta": "beta"}, store)
    for path, blob in layout.items():
        (tmp_path / "oci" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "oci" / path).write_bytes(store.read(blob.digest))
    made = Artefact(format="oci", path=tmp_path / "oci", digest=digest, size=sum(blob.size for blob in layout.values()))
    return Image(name="small", kind="oci", key="k", artefacts=(made,), packages=(), seconds=0.0, cached=False)


def inspect(toolbox, reference: str) -> dict:
    words = ["skopeo", "inspect", "--tls-verify=false", f"docker://{reference}"]
    return json.loads(sandbox.run(toolbox, words, network=True).text)


def test_the_registry_has_the_very_bytes(image, registry, toolbox):
    whole = push(image, f"{registry}/alki/small:1", toolbox, insecure=True)
    assert whole == f"{registry}/alki/small@{image.artefact('oci').digest}"
    seen = inspect(toolbox, f"{registry}/alki/small:1")
    assert seen["Digest"] == image.artefact("oci").digest
    assert len(seen["Layers"]) == 3


def test_what_is_cut_leaves_no_image(image, registry, toolbox):
    with cutting(registry, after=6_000) as address, pytest.raises(Failure) as caught:
        push(image, f"{address}/alki/cut:1", toolbox, insecure=True)
    assert caught.value.kind is Kind.TOOL
    host = f"http://{registry}/v2/alki/cut/manifests/1"
    assert httpx.get(host, trust_env=False).status_code == 404
    push(image, f"{registry}/alki/cut:1", toolbox, insecure=True)
    assert inspect(toolbox, f"{registry}/alki/cut:1")["Digest"] == image.artefact("oci").digest


def test_nobody_there_is_told(image, toolbox):
    with pytest.raises(Failure) as caught:
        push(image, f"127.0.0.1:{free_port()}/small:1", toolbox, insecure=True)
    assert "refused" in caught.value.problems[0].why


@pytest.mark.parametrize("reference", ["small", "host/UPPER", "host/a:", "-o/a", "host/a@sha256:0", "host/a b", "host/../a"])
def test_what_is_no_reference_is_refused(image, toolbox, reference):
    with pytest.raises(Failure) as caught:
        push(image, reference, toolbox)
    assert caught.value.kind is Kind.USAGE


@contextmanager
def cutting(registry: str, *, after: int) -> Iterator[str]:
    """HOST:PORT of a way to the registry that ends every connection once so many bytes went up in all."""
    host, _, port = registry.partition(":")
    left = [after]

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection((host, int(port))) as up:
                back = threading.Thread(target=self.answers, args=(up,))
                back.start()
                while left[0] > 0 and (data := self.request.recv(1024)):
                    left[0] -= len(data)
                    up.sendall(data)
                up.shutdown(socket.SHUT_RDWR)
                back.join()

        def answers(self, up: socket.socket) -> None:
            try:
                while data := up.recv(4096):
                    self.request.sendall(data)
            except OSError:
                return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
