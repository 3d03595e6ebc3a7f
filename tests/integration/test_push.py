"""Images sent to a real registry, Debian's docker-registry on loopback, read back by skopeo; and one that cuts the line."""

import json
import shutil
import socket
import socketserver
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from headwater import command
from headwater.config.images import ImageKind, ImageRule
from headwater.digest import digest_of
from headwater.errors import Failure, Kind
from headwater.image.index import file_of
from headwater.image.model import Artefact, Entry, Ids, Image, Root, Twin
from headwater.image.oci import make_oci
from headwater.image.verbs import push, push_referrers
from headwater.sbom.referrers import Layout, described, digests, joined, referrers, write_layout
from headwater.sbom.twins import subject_of, subjects_of
from headwater.sign import open_image_key, payload, sign_payloads
from headwater.toolbox import sandbox

pytestmark = [pytest.mark.toolbox, pytest.mark.mirror]
DISTRO = Path(__file__).parents[2] / "distro"
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
def registry(box, tmp_path_factory) -> Iterator[str]:
    """HOST:PORT of an empty registry."""
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
def image(request, store, tmp_path) -> Image:
    """Two packages' files and the directory that they lie in; indirectly with twins for the architectures given."""
    twins = getattr(request, "param", ())
    folder = Entry(path="/", mode=stat.S_IFDIR | 0o755, mtime=EPOCH)
    files = [file_of(f"/{name}", name.encode() * 9999, EPOCH, store, by=name) for name in ("alpha", "beta")]
    root = Root(entries=(folder, *files), ids=Ids(users={"root": 0}, groups={"root": 0}), epoch=EPOCH)
    rule = ImageRule(name="small", kind=ImageKind.OCI)
    layout, digest = make_oci(
        rule, {"version": "1"}, root, {"alpha": "alpha", "beta": "beta"}, store, dict.fromkeys(twins, root)
    )
    for path, blob in layout.items():
        (tmp_path / "oci" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "oci" / path).write_bytes(store.read(blob.digest))
    made = Artefact(format="oci", path=tmp_path / "oci", digest=digest, size=sum(blob.size for blob in layout.values()))
    told = tuple(Twin(architecture=twin, packages=(), index="") for twin in twins)
    return Image(name="small", kind="oci", key="k", artefacts=(made,), packages=(), seconds=0.0, cached=False, twins=told)


def inspect(toolbox, reference: str, architecture: str = "amd64") -> dict:
    words = ["skopeo", f"--override-arch={architecture}", "inspect", "--tls-verify=false", f"docker://{reference}"]
    return json.loads(sandbox.run(toolbox, words, network=True).text)


def test_the_registry_has_the_very_bytes(image, registry, toolbox):
    whole = push(image, f"{registry}/alki/small:1", toolbox, insecure=True)
    assert whole == f"{registry}/alki/small@{image.artefact('oci').digest}"
    seen = inspect(toolbox, f"{registry}/alki/small:1")
    assert seen["Digest"] == image.artefact("oci").digest
    assert len(seen["Layers"]) == 3


@pytest.mark.parametrize("image", [("arm64",)], indirect=True)
def test_an_index_goes_with_the_manifest_of_each_machine(image, registry, toolbox):
    whole = push(image, f"{registry}/alki/twins:1", toolbox, insecure=True)
    assert whole == f"{registry}/alki/twins@{image.artefact('oci').digest}"
    assert [inspect(toolbox, whole, name)["Architecture"] for name in ("amd64", "arm64")] == ["amd64", "arm64"]


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


@pytest.fixture
def keys(toolbox, tmp_path):
    return [open_image_key(tmp_path / name, toolbox) for name in ("ours", "theirs")]


@pytest.fixture
def laid(image, toolbox, store, tmp_path):
    """Makes a layout of what refers to the image, signed by a key as the image of a name."""

    def lay(name, key, documents) -> tuple[Path, Layout]:
        unsigned = [described(one, documents) for one in {one["digest"]: one for one in all_of(image)}.values()]
        texts = {digest: payload(digest, name) for digest in digests(unsigned)}
        signatures = sign_payloads(list(texts.values()), key, toolbox, store)
        signed = dict(zip(texts, zip(texts.values(), signatures, strict=True), strict=True))
        made = joined([referrers(one, signed) for one in unsigned])
        folder = tmp_path / f"beside{digest_of([str(key.secret), name])}"
        write_layout(made, folder, store)
        return folder, made

    return lay


def all_of(image: Image) -> list[dict]:
    return [subject_of(image), *subjects_of(image)]


@pytest.fixture
def sent(image, registry, toolbox, store):
    """Pushes the image under a path, and a layout of what refers to it; gives its name."""

    def send(path, folder=None) -> str:
        name = f"{registry}/alki/{path}"
        push(image, f"{name}:1", toolbox, insecure=True)
        if folder:
            push_referrers(folder, f"{name}:1", toolbox, store, insecure=True)
        return f"{name}:1"

    return send


def taken(toolbox, reference: str, key, folder: Path, architecture: str = "amd64") -> bool:
    """Whether skopeo takes an image, for a machine, under a policy that wants it signed by a key."""
    write_policy(key, folder)
    words = [
        "skopeo",
        f"--override-arch={architecture}",
        "--policy=/tmp/policy/policy.json",
        "--registries.d=/tmp/policy/registries.d",
        "copy",
    ]
    words += ["--remove-signatures", "--src-tls-verify=false", f"docker://{reference}", "oci:/tmp/taken"]
    bind = sandbox.Bind(source=folder, target="/tmp/policy")
    said = sandbox.run(toolbox, words, binds=[bind], network=True, accept=range(256))
    assert said.code == 0 or b"Source image rejected" in said.stderr, said.stderr
    return said.code == 0


def write_policy(key, folder: Path) -> None:
    """containers-policy.json(5) and containers-registries.d(5): nothing but what the key signed."""
    (folder / "registries.d").mkdir(exist_ok=True)
    (folder / "registries.d" / "all.yaml").write_text("default-docker:\n  use-sigstore-attachments: true\n")
    (folder / "key.pub").write_bytes(key.public)
    wanted = {"type": "sigstoreSigned", "keyPath": "/tmp/policy/key.pub", "signedIdentity": {"type": "matchRepository"}}
    policy = {"default": [{"type": "reject"}], "transports": {"docker": {"": [wanted]}}}
    (folder / "policy.json").write_text(json.dumps(policy))


@pytest.mark.parametrize("image", [("arm64",)], indirect=True)
def test_a_policy_takes_each_machines_image_of_an_index(registry, toolbox, keys, laid, sent, tmp_path):  # noqa: PLR0917
    assert not taken(toolbox, sent("signed-twins"), keys[0], tmp_path)
    folder, _ = laid(f"{registry}/alki/signed-twins", keys[0], {})
    reference = sent("signed-twins", folder)
    assert [taken(toolbox, reference, keys[0], tmp_path, name) for name in ("amd64", "arm64")] == [True, True]


def test_a_policy_takes_what_our_key_signed_under_its_name_only(registry, toolbox, keys, laid, sent, tmp_path):  # noqa: PLR0917
    assert not taken(toolbox, sent("signed"), keys[0], tmp_path)
    folder, _ = laid(f"{registry}/alki/signed", keys[0], {})
    assert taken(toolbox, sent("signed", folder), keys[0], tmp_path)
    assert not taken(toolbox, sent("signed", folder), keys[1], tmp_path)
    assert not taken(toolbox, sent("renamed", folder), keys[0], tmp_path)


PODMAN = """
podman() { command podman --root=/tmp/p --runroot=/tmp/r --storage-driver=vfs --storage-opt=vfs.ignore_chown_errors=true "$@"; }
podman pull -q --tls-verify=false "$1" >&2 && podman image inspect "$1"
head -c 10 "$(podman image mount "$1")/alpha" >&2
"""


def test_podman_takes_it_by_the_policy_and_has_its_files(image, registry, box, keys, laid, sent, tmp_path):  # noqa: PLR0917
    reference = sent("podman", laid(f"{registry}/alki/podman", keys[0], {})[0])
    (tmp_path / "lib").mkdir()
    binds = [
        sandbox.Bind(source=tmp_path, target="/tmp/policy"),
        sandbox.Bind(source=tmp_path, target="/etc/containers"),
        sandbox.Bind(source=tmp_path / "lib", target="/var/lib", writable=True),
        sandbox.Bind(source=Path("/sys")),
    ]
    answers = {}
    for name, key in zip(("ours", "theirs"), keys, strict=True):
        write_policy(key, tmp_path)
        words = ["sh", "-ec", PODMAN, "podman", reference]
        answers[name] = sandbox.run(box, words, binds=binds, network=True, accept=range(256))
    assert b"Source image rejected" in answers["theirs"].stderr
    assert answers["ours"].code == 0, answers["ours"].stderr
    (seen,) = json.loads(answers["ours"].stdout)
    assert seen["Digest"] == image.artefact("oci").digest
    assert seen["Labels"]["org.opencontainers.image.title"] == "small"
    assert answers["ours"].stderr.endswith(b"alphaalpha")


def test_a_second_signature_leaves_the_first(image, registry, toolbox, keys, laid, sent, tmp_path):  # noqa: PLR0917
    for number, key in enumerate(keys):
        folder, made = laid(f"{registry}/alki/twice", key, {f"{number}.spdx.json": b"%d" % number})
        sent("twice", folder)
        reference = sent("twice", folder)
    assert all(taken(toolbox, reference, key, tmp_path) for key in keys)
    tag = next(name for name in made.named if not name.endswith(".sig") and image.digest in name)
    listed = manifest(registry, tag)["manifests"]
    kinds = [one["artifactType"] for one in listed]
    assert kinds.count("application/spdx+json") == kinds.count("application/vnd.dev.cosign.artifact.sig.v1+json") == 2
    assert all(manifest(registry, one["digest"])["subject"]["digest"] == image.artefact("oci").digest for one in listed)


def manifest(registry, reference) -> dict:
    address = f"http://{registry}/v2/alki/twice/manifests/{reference}"
    accept = ", ".join(f"application/vnd.oci.image.{kind}.v1+json" for kind in ("index", "manifest"))
    return httpx.get(address, trust_env=False, headers={"Accept": accept}).json()


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


@pytest.mark.world
@pytest.mark.usefixtures("world")
def test_the_word_sends_an_image_with_what_vouches_for_it(store, registry, toolbox, keys, tmp_path):
    project, reference = tmp_path / "distro", f"{registry}/alki/static"
    shutil.copytree(DISTRO, project, ignore=shutil.ignore_patterns("out", "build"))
    hw = [Path(sys.executable).with_name("hw"), "--json", "--store", store.root, "-C", project]
    said = command.run([*hw, "image", "push", "distroless-static", f"{reference}:1", "--insecure"]).text
    ((name, pushed),) = [tuple(row.values()) for row in json.loads(said)]
    assert (name, pushed.partition("@sha256:")[0]) == ("distroless-static", reference)
    key = open_image_key(project / "keys", toolbox)
    assert [taken(toolbox, f"{reference}:1", key, tmp_path, one) for one in ("amd64", "arm64")] == [True, True]
    assert not taken(toolbox, f"{reference}:1", keys[0], tmp_path)
