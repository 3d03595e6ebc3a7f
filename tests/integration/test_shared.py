"""Servers that ask who comes, and results that a team shares: BuildGrid with TLS and tokens, and casd as a server."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from tests.integration import pki
from tests.integration.cluster import PLATFORM, Cluster, free_port, listens, open_cluster, until
from tests.integration.heard import Heard, hearing
from tests.integration.little import Little, shell

from headwater import command
from headwater.engine import Action, Engine, Outcome, Server, Sharing, open_engine
from headwater.engine.programs import host_path
from headwater.engine.shared import beside
from headwater.errors import Failure, Kind
from headwater.sign import is_signed, read_certificate, sign_bytes
from headwater.sign.model import Key
from headwater.store import Store
from headwater.toolbox import Toolbox

pytestmark = [pytest.mark.toolbox, pytest.mark.mirror]
SECRET = "a secret of thirty-two bytes or more"
TLS = "{{tls-server-key: {0}/server.key, tls-server-cert: {0}/server.pem{1}}}"


@pytest.fixture(scope="module")
def cluster(toolbox: Toolbox, store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with open_cluster(tmp_path_factory.mktemp("cluster"), toolbox, store, workers=("one",)) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def little(toolbox: Toolbox) -> Little:
    return Little(toolbox)


# who may come in


@pytest.fixture(scope="module")
def gate(cluster: Cluster, toolbox: Toolbox) -> dict[str, str]:
    """URLs of a second server of the cluster that wants a token; one of them wants a client certificate, too."""
    keys, ports = cluster.folder / "pki", {"tls": free_port(), "mutual": free_port()}
    pki.make(keys, toolbox)
    wanted = {"tls": "", "mutual": f", tls-client-certs: {keys}/ca.pem"}
    channels = ", ".join(
        f"!channel {{address: '127.0.0.1:{port}', insecure-mode: false, credentials: {TLS.format(keys, wanted[name])}}}"
        for name, port in ports.items()
    )
    (keys / "secret").write_text(SECRET)
    jwt = f"authorization: {{method: jwt, secret: '{keys}/secret', algorithm: hs256}}"
    cluster.begin_server("gate", channels=f"[{channels}]", authorization=jwt, port=ports["mutual"])
    return {name: f"grpcs://127.0.0.1:{port}/main" for name, port in ports.items()}


def token(secret: str = SECRET, *, lives: int = 600) -> str:
    def packed(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    said = {"exp": int(time.time()) + lives}
    text = ".".join(packed(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, said))
    return f"{text}.{packed(hmac.digest(secret.encode(), text.encode(), hashlib.sha256))}"


@pytest.fixture
def door(cluster: Cluster, gate: dict[str, str], tmp_path: Path) -> Callable[..., Server]:
    keys = cluster.folder / "pki"

    def make(name: str = "tls", *, ca: str = "ca", word: str = "", client: bool = False) -> Server:
        more = {"certificate": keys / "client.pem", "key": keys / "client.key"} if client else {}
        if word:
            (tmp_path / "token").write_text(f"{word}\n")
            more["token_file"] = tmp_path / "token"
        return Server(url=gate[name], ca=keys / f"{ca}.pem", **more)

    return make


@pytest.mark.parametrize(("name", "client"), [("tls", False), ("mutual", True)])
def test_who_is_known_may_build(door, toolbox, store, little, name, client) -> None:  # noqa: PLR0917 fixtures
    with open_engine(store, toolbox, server=door(name, word=token(), client=client)) as engine:
        action = shell(engine, little, f": {name}; echo let in > out", platform=PLATFORM)
        assert engine.run(action, little.supply, fresh=True).code == 0


@pytest.mark.parametrize(
    ("arguments", "setting"),
    [
        ({"ca": "other", "word": "x"}, "HEADWATER_ENGINE_CA"),
        ({"name": "mutual", "word": "x"}, "HEADWATER_ENGINE_CERTIFICATE"),
        ({}, "HEADWATER_ENGINE_TOKEN_FILE"),
        ({"word": "nonsense"}, "HEADWATER_ENGINE_TOKEN_FILE"),
        ({"word": token("another secret, quite as long as that")}, "HEADWATER_ENGINE_TOKEN_FILE"),
        ({"word": token(lives=-600)}, "HEADWATER_ENGINE_TOKEN_FILE"),
    ],
    ids=["ca", "no-certificate", "no-token", "nonsense", "other-secret", "expired"],
)
def test_who_is_not_is_told_what_to_set(door, toolbox, store, arguments, setting, monkeypatch) -> None:  # noqa: PLR0917 fixtures
    monkeypatch.setattr("headwater.engine.client.FIRST", 2)
    with pytest.raises(Failure) as raised, open_engine(store, toolbox, server=door(**arguments)):
        pytest.fail("it opened")
    problem = raised.value.problems[0]
    assert setting in problem.hint
    assert problem.kind is (Kind.TOOL if arguments.get("name") else Kind.CONFIG)
    assert not arguments.get("word") or arguments["word"] not in problem.why


# results that are shared


@pytest.fixture(scope="module")
def casd(cluster: Cluster) -> str:
    """The URL of a casd that others use over TCP: results and content, and no actions."""
    port, home = free_port(), cluster.folder / "casd"
    home.mkdir()
    words = [cluster.programs / "buildbox-casd", f"--bind=127.0.0.1:{port}", home / "cas"]
    cluster.running["casd"] = command.start(words, env={"PATH": host_path(), "HOME": str(home)}, log=home / "log")
    until("casd", lambda: listens(port))
    return f"grpc://127.0.0.1:{port}"


@pytest.fixture
def heard() -> Iterator[Heard]:
    with hearing("cache") as listener:
        yield listener


Member = Callable[..., AbstractContextManager[Engine]]


@pytest.fixture
def member(toolbox: Toolbox, tmp_path: Path) -> Member:
    """A machine of a team: an engine of its own, and the results of others."""

    def make(name: str, url: str, **more: object) -> AbstractContextManager[Engine]:
        return open_engine(Store(tmp_path / name), toolbox, sharing=Sharing(server=Server(url=url, table="cache"), **more))

    return make


def once(engine: Engine, little: Little, word: str) -> tuple[Action, Outcome]:
    action = shell(engine, little, f"echo {word}; echo {word} > out", platform=PLATFORM)
    return action, engine.run(action, little.supply)


@pytest.fixture(params=["buildgrid", "casd"])
def url(request: pytest.FixtureRequest, cluster: Cluster) -> str:
    return cluster.url if request.param == "buildgrid" else request.getfixturevalue("casd")


def test_what_one_made_the_other_has(url: str, member: Member, little: Little, heard: Heard) -> None:
    with member("one", url) as one:
        action, made = once(one, little, "shared")
        assert not made.cached
    with member("other", url) as other:
        there = other.run(action, lambda wanted: pytest.fail(f"asked for {wanted}"))
        assert there.cached
        assert there.outputs == made.outputs
        assert other.client.read(there.outputs["out"].digest) == other.client.read(there.log) == b"shared\n"
    assert not heard.reasons


def test_a_failure_is_shared_with_nobody(url: str, member: Member, little: Little) -> None:
    for name in ("one", "other"):
        with member(name, url) as engine:
            assert not engine.run(shell(engine, little, "echo > out; exit 3"), little.supply).cached


def test_who_may_not_write_reads(cluster: Cluster, member: Member, little: Little, heard: Heard) -> None:
    with member("one", cluster.url.replace("main", "readers")) as engine:
        for word in ("a", "b"):
            assert once(engine, little, f"not written {word}")[1].code == 0
    assert len(heard.reasons) == 1
    assert "only read" in heard.reasons[0]


def test_content_that_was_forged_there_is_noticed(cluster: Cluster, member: Member, little: Little, heard: Heard) -> None:
    with member("one", cluster.url) as one:
        _, made = once(one, little, "true")
    (forged,) = (cluster.folder / "content").rglob(f"*{made.outputs['out'].digest.hash[2:]}*")
    forged.chmod(0o644)
    forged.write_bytes(b"fals\n")
    with member("other", cluster.url) as other:
        assert once(other, little, "true")[1].outputs == made.outputs
        assert other.client.read(made.outputs["out"].digest) == b"true\n"
    assert len(heard.reasons) == 1
    forged.unlink()


def test_a_server_that_is_away_stops_no_build(member: Member, little: Little, heard: Heard, monkeypatch) -> None:
    monkeypatch.setattr("headwater.engine.shared.PATIENCE", 0.5)
    with member("one", "grpc://127.0.0.1:1/main") as engine:
        assert once(engine, little, "alone")[1].code == 0
    assert len(heard.reasons) == 1


def test_a_wrong_instance_is_said_at_once(cluster: Cluster, member: Member) -> None:
    with pytest.raises(Failure) as raised, member("one", cluster.url.replace("main", "mian")):
        pytest.fail("it opened")
    assert raised.value.kind is Kind.CONFIG
    assert "HEADWATER_CACHE" in raised.value.problems[0].hint


@pytest.fixture
def signing(key: Key, other_key: Key, toolbox: Toolbox, store: Store, tmp_path: Path) -> dict[str, dict[str, object]]:
    """How members take part who believe `key` only: `ours` has it, `theirs` has another one, `nobody` signs nothing."""
    (tmp_path / "key.asc").write_bytes(key.public)
    certificates = [read_certificate(tmp_path / "key.asc")]

    def believe(data: bytes, signature: bytes) -> bool:
        return is_signed(data, signature, certificates)

    return {
        "ours": {"believe": believe, "vouch": lambda data: sign_bytes(data, key, toolbox, store)},
        "theirs": {"vouch": lambda data: sign_bytes(data, other_key, toolbox, store)},
        "nobody": {},
        "reader": {"believe": believe},
    }


def test_a_signed_result_is_believed(cluster: Cluster, member: Member, little: Little, heard: Heard, signing) -> None:
    with member("one", cluster.url, **signing["ours"]) as one:
        once(one, little, "signed")
    assert not heard.reasons
    with member("other", cluster.url, **signing["reader"]) as other:
        assert once(other, little, "signed")[1].cached
    assert heard.reasons == ["only read: results must be signed, and this project's key is none of those that are believed"]


@pytest.mark.parametrize("who", ["theirs", "nobody"])
def test_a_result_that_nobody_we_know_signed_is_made_anew(cluster, member, little, heard, signing, who) -> None:  # noqa: PLR0917
    with member("one", cluster.url, **signing[who]) as one:
        once(one, little, f"by {who}")
    with member("other", cluster.url, **signing["ours"]) as other:
        assert not once(other, little, f"by {who}")[1].cached
    assert len(heard.reasons) == 1
    assert "not believed" in heard.reasons[0]
    with member("third", cluster.url, **signing["ours"]) as third:
        assert once(third, little, f"by {who}")[1].cached, "who made it anew signed it"


def test_a_signature_of_one_result_is_none_of_another(cluster, member, little, heard, signing) -> None:
    with member("one", cluster.url, **signing["ours"]) as one:
        first, _ = once(one, little, "first")
        second, made = once(one, little, "second")
        server = one._shared._client
        server.keep(first.digest, made)  # somebody who may write, and has no key
        server.keep(beside(first.digest).digest, server.look_up(beside(second.digest).digest))
    with member("other", cluster.url, **signing["reader"]) as other:
        _, outcome = once(other, little, "first")
        assert not outcome.cached
        assert other.client.read(outcome.outputs["out"].digest) == b"first\n"
    assert "not believed" in heard.reasons[-1]
