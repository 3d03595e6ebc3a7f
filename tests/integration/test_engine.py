"""buildbox-casd from the toolbox for real: actions, the cache, staging, and its own life and death."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.little import Little, shell

from headwater.digest import digest_file
from headwater.engine import Engine, digest_of_bytes, open_engine
from headwater.errors import Failure
from headwater.store import Store
from headwater.toolbox import Toolbox

pytestmark = pytest.mark.toolbox


@pytest.fixture(scope="module")
def little(toolbox: Toolbox) -> Little:
    return Little(toolbox)


@pytest.fixture(scope="module")
def engine(toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with open_engine(Store(tmp_path_factory.mktemp("engine")), toolbox) as engine:
        yield engine


def test_an_action_runs_once_and_is_remembered(engine: Engine, little: Little) -> None:
    action = shell(engine, little, "echo hello; mkdir=1; echo data > out")
    first = engine.run(action, little.supply)
    again = engine.run(action, little.supply)
    fresh = engine.run(action, little.supply, fresh=True)
    assert (first.code, first.cached, again.cached, fresh.cached) == (0, False, True, False)
    assert engine.client.read(first.log) == b"hello\n"
    assert engine.client.read(first.outputs["out"].digest) == b"data\n"
    assert first.outputs == again.outputs == fresh.outputs


def test_a_failure_is_not_remembered(engine: Engine, little: Little) -> None:
    action = shell(engine, little, "echo no; exit 3")
    for _ in range(2):
        outcome = engine.run(action, little.supply)
        assert (outcome.code, outcome.cached) == (3, False)
        assert engine.client.read(outcome.log) == b"no\n"


def test_an_action_sees_its_tree_and_nothing_else(engine: Engine, little: Little) -> None:
    script = "ls /; id -u; ls /sys/class/net /home /etc; (echo > /dev/tcp/192.0.2.1/80) && echo online"
    outcome = engine.run(shell(engine, little, script), little.supply)
    said = engine.client.read(outcome.log).decode().splitlines()
    assert said[:8] == ["build", "dev", "lib", "lib64", "proc", "tmp", "usr", "0"]
    assert "online" not in said


def test_an_action_has_its_time(engine: Engine, little: Little) -> None:
    begun = time.monotonic()
    assert engine.run(shell(engine, little, "sleep 100", timeout=1), little.supply).timed_out
    assert time.monotonic() - begun < 20


def test_content_that_is_not_what_its_name_says_is_refused(engine: Engine) -> None:
    with pytest.raises(Failure):
        engine.client.upload({digest_of_bytes(b"what was promised"): b"what was forged.."})


def test_a_staged_tree_can_be_written_and_stays_as_it_is(engine: Engine, little: Little) -> None:
    root = little.plant(engine.forest)
    engine.provide(root, little.supply)
    with engine.client.stage(root) as folder:
        assert sorted(path.name for path in folder.iterdir()) == ["build", "dev", "lib", "lib64", "proc", "tmp", "usr"]
        (folder / "usr/bin/bash").unlink()
        (folder / "build/new").write_text("x")
    with engine.client.stage(root) as folder:
        assert digest_file(folder / "usr/bin/bash") == engine.forest.lookup(root, "usr/bin/bash").digest.hash
        assert not (folder / "build/new").exists()


def pid(store: Store) -> int:
    return int((store.root / "engine" / "pid").read_text())


def test_one_casd_serves_all_and_ends_with_the_last(toolbox: Toolbox, tmp_path: Path) -> None:
    store = Store(tmp_path)
    with open_engine(store, toolbox) as one:
        first = pid(store)
        with open_engine(store, toolbox) as two:
            assert pid(store) == first
            assert two.client.alive()
        assert one.client.alive()
    assert not Path(f"/proc/{first}").exists()


def test_a_casd_that_was_killed_leaves_nothing_in_the_way(toolbox: Toolbox, tmp_path: Path) -> None:
    store = Store(tmp_path)
    with open_engine(store, toolbox):
        os.kill(pid(store), signal.SIGKILL)
        os.waitpid(pid(store), 0)
    with open_engine(store, toolbox) as engine:
        assert engine.client.alive()


def test_a_socket_of_nobody_is_replaced(toolbox: Toolbox, tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(tmp_path / "engine" / "socket"))
    with open_engine(Store(tmp_path), toolbox) as engine:
        assert engine.client.alive()


def test_a_store_with_a_long_path_has_an_engine(toolbox: Toolbox, tmp_path: Path) -> None:
    store = Store(tmp_path / ("long" * 30))
    store.root.mkdir()
    with open_engine(store, toolbox) as engine:
        assert engine.client.alive()
