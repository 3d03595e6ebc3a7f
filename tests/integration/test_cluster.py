"""A real cluster (BuildGrid, PostgreSQL, two workers): builds as here, goes on when parts of it die, says what is wrong."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from uuid import uuid4

import pytest
from tests.integration.building import TINY, Site, build, rendered
from tests.integration.cluster import PLATFORM, Cluster, open_cluster, until
from tests.integration.forwarder import Forwarder
from tests.integration.little import Little, shell

from headwater.engine import Digest, Engine, Outcome, Server, digest_of_bytes, execution, open_engine
from headwater.engine.faults import MISSING
from headwater.errors import Failure, Kind
from headwater.store import Store
from headwater.toolbox import Toolbox

pytestmark = [pytest.mark.toolbox, pytest.mark.mirror]


@pytest.fixture(scope="module")
def cluster(toolbox: Toolbox, store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with open_cluster(tmp_path_factory.mktemp("cluster"), toolbox, store) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def little(toolbox: Toolbox) -> Little:
    return Little(toolbox)


@pytest.fixture
def engine(cluster: Cluster, toolbox: Toolbox, store: Store) -> Iterator[Engine]:
    with open_engine(store, toolbox, server=Server(url=cluster.url)) as engine:
        yield engine


def run(engine: Engine, little: Little, script: str, **more: object) -> Outcome:
    return engine.run(shell(engine, little, script, platform=PLATFORM, **more), little.supply, fresh=True)


@contextmanager
def under_way(cluster: Cluster, engine: Engine, little: Little, script: str) -> Iterator[tuple[str, Callable[[], Outcome]]]:
    """An action that a worker runs: that worker's name, and a way to wait for the outcome."""
    with ThreadPoolExecutor(1) as pool:
        script = f": {uuid4()}; {script}"
        future = pool.submit(run, engine, little, script)
        try:
            until("a worker for the action", lambda: cluster.busy(script) or future.done())
            yield cluster.busy(script), partial(future.result, 100)
        except BaseException:
            engine.stop()
            raise


@pytest.mark.world
def test_a_package_has_the_same_digest_and_bytes_as_on_this_machine(site: Site, engine: Engine) -> None:
    (here,) = build(site, site.line(rendered("tiny", TINY)), force=True)
    far = Site(site.project, site.bridged, engine, site.toolbox, site.store)
    (there,) = build(far, far.line(rendered("tiny", TINY)), force=True)
    assert there.action == here.action
    assert there.rpms == here.rpms


def test_an_action_is_remembered_for_all(engine: Engine, little: Little) -> None:
    action = shell(engine, little, "echo for all > out", platform=PLATFORM)
    assert not engine.run(action, little.supply, fresh=True).cached
    kept = engine.run(action, little.supply)
    assert kept.cached
    assert engine.client.read(kept.outputs["out"].digest) == b"for all\n"


def test_a_failure_and_a_time_limit_are_outcomes_there_too(engine: Engine, little: Little) -> None:
    failed = run(engine, little, "echo no; exit 3")
    assert (failed.code, engine.client.read(failed.log)) == (3, b"no\n")
    assert run(engine, little, "sleep 100", timeout=1).timed_out


def test_the_action_of_a_worker_that_was_killed_goes_on_elsewhere(cluster: Cluster, engine: Engine, little: Little) -> None:
    with under_way(cluster, engine, little, "sleep 3; echo $HOSTNAME > out") as (worker, outcome):
        cluster.end(worker, kill=True)
        assert outcome().code == 0
    cluster.begin_worker(worker)


def test_a_server_may_be_restarted_in_the_middle(cluster: Cluster, engine: Engine, little: Little) -> None:
    with under_way(cluster, engine, little, "sleep 4; echo done > out") as (_, outcome):
        cluster.end("server", kill=True)
        time.sleep(0.5)
        cluster.begin_server()
        assert outcome().code == 0


def test_a_cut_network_is_mended(cluster: Cluster, toolbox: Toolbox, store: Store, little: Little) -> None:
    with (
        Forwarder(cluster.port) as line,
        open_engine(store, toolbox, server=Server(url=f"grpc://127.0.0.1:{line.port}/main")) as engine,
        under_way(cluster, engine, little, "sleep 3; echo done > out") as (_, outcome),
    ):
        line.cut()
        time.sleep(1)
        line.mend()
        assert outcome().code == 0


def test_a_line_that_went_dead_is_noticed(
    cluster: Cluster, toolbox: Toolbox, store: Store, little: Little, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "BEAT", 0.3)
    monkeypatch.setattr("headwater.engine.client.PROMPT", 0.5)
    with (
        Forwarder(cluster.port) as line,
        open_engine(store, toolbox, server=Server(url=f"grpc://127.0.0.1:{line.port}/main")) as engine,
        under_way(cluster, engine, little, "sleep 2; echo done > out") as (_, outcome),
    ):
        line.hold()
        time.sleep(4)  # the action has ended, and nothing came
        line.cut()
        line.mend()
        assert outcome().code == 0


def test_a_slow_action_is_waited_for(engine: Engine, little: Little, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "BEAT", 0.2)
    assert run(engine, little, "sleep 2; echo slow > out").code == 0


def test_content_that_was_evicted_is_sent_again(cluster: Cluster, engine: Engine, little: Little) -> None:
    data = f"lost {time.time()}".encode()
    lost, forest = digest_of_bytes(data), engine.forest
    little.content[lost] = cluster.folder / "lost"
    little.content[lost].write_bytes(data)
    root = forest.lay(little.plant(forest), forest.plant([("build/file", little.file(lost))]))
    execute, calls = engine.client.execute, []

    def forgetful(digest: Digest, **more: object) -> Outcome:
        calls.append(digest)
        if len(calls) == 1:
            cluster.drop(lost)
        return execute(digest, **more)

    engine.client.execute = forgetful  # type: ignore[method-assign]
    outcome = run(engine, little, "cat file > out", root=root)
    assert len(calls) > 1
    assert engine.client.read(outcome.outputs["out"].digest) == data


def test_a_result_whose_content_was_evicted_is_made_anew(cluster: Cluster, engine: Engine, little: Little) -> None:
    action = shell(engine, little, f"echo {time.time()} > out", platform=PLATFORM)
    first = engine.run(action, little.supply)
    cluster.drop(first.outputs["out"].digest)
    again = engine.run(action, little.supply)
    assert not again.cached
    assert engine.client.read(again.outputs["out"].digest)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [("main", "mian", "no instance `mian`"), ("main", "readers", "runs no actions"), ("grpc:", "grpcs:", "not be trusted")],
)
def test_what_is_set_wrongly_is_said_at_once(cluster, toolbox, store, right, wrong, said) -> None:  # noqa: PLR0917 fixtures
    with pytest.raises(Failure) as raised, open_engine(store, toolbox, server=Server(url=cluster.url.replace(right, wrong))):
        pytest.fail("it opened")
    assert raised.value.kind is Kind.CONFIG
    assert said in raised.value.problems[0].what
    assert raised.value.problems[0].hint


def test_nobody_who_answers_is_a_problem(toolbox: Toolbox, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headwater.engine.client.FIRST", 1)
    with pytest.raises(Failure) as raised, open_engine(store, toolbox, server=Server(url="grpc://127.0.0.1:1/main")):
        pytest.fail("it opened")
    assert raised.value.kind is Kind.TOOL


def test_a_platform_that_no_worker_has_is_named(engine: Engine, little: Little, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "QUEUE", 1.0)
    monkeypatch.setattr(execution, "BEAT", 0.2)
    with pytest.raises(Failure) as raised:
        engine.run(shell(engine, little, "echo > out", platform={**PLATFORM, "ISA": "riscv"}), little.supply)
    assert "ISA=riscv" in raised.value.problems[0].why
    with pytest.raises(Failure) as raised:
        engine.run(shell(engine, little, "echo > out", platform={"colour": "green"}), little.supply)
    assert "colour" in raised.value.problems[0].why


def test_names_of_missing_content_are_read() -> None:
    assert MISSING.search(f"blobs/{'a' * 64}/17")
