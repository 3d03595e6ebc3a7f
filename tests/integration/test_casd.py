"""The engine of one machine when things go wrong: killed, hung, poisoned, small, and as an ordinary user."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from tests.integration.cluster import until
from tests.integration.heard import Heard, hearing
from tests.integration.little import Little, shell
from tests.integration.ordinary import USER, somebody

from headwater.engine import Digest, Engine, Outcome, digest_of_bytes, execution, open_engine
from headwater.errors import Failure, Kind
from headwater.store import Store
from headwater.toolbox import Toolbox

pytestmark = pytest.mark.toolbox


@pytest.fixture(scope="module")
def little(toolbox: Toolbox) -> Little:
    return Little(toolbox)


@pytest.fixture
def own(tmp_path: Path) -> Store:
    """One of its own: what happens to it here must happen to no other."""
    return Store(tmp_path)


def casd_of(own: Store) -> int:
    return int((own.root / "engine" / "pid").read_text())


def runs(text: str) -> list[int]:
    """Processes whose command line holds a text."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if text in (place / "cmdline").read_text() and int(place.name) != os.getpid():
                found.append(int(place.name))
    return found


@contextmanager
def under_way(engine: Engine, little: Little, script: str) -> Iterator[tuple[str, Future[Outcome]]]:
    """An action that runs: a word that is in its command line, and what will become of it."""
    word = str(uuid4())
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(engine.run, shell(engine, little, f": {word}; {script}"), little.supply)
        until("the action", lambda: runs(word) or future.done())
        yield word, future


def test_a_casd_that_is_killed_in_the_middle_is_told_and_the_next_run_goes_on(
    toolbox: Toolbox, own: Store, little: Little
) -> None:
    with open_engine(own, toolbox) as engine, under_way(engine, little, "sleep 300") as (word, future):
        os.kill(casd_of(own), signal.SIGKILL)
        with pytest.raises(Failure) as raised:
            future.result(60)
    assert raised.value.kind is Kind.TOOL
    with open_engine(own, toolbox) as engine:
        assert not runs(word), "what it ran ends, too"
        assert engine.run(shell(engine, little, "echo on > out"), little.supply).code == 0
    assert str(own.root) not in Path("/proc/self/mountinfo").read_text(), "nothing that it mounted is left"


def test_a_casd_that_hangs_is_told_and_replaced(toolbox: Toolbox, own: Store, little: Little, monkeypatch) -> None:
    monkeypatch.setattr(execution, "BEAT", 0.3)
    monkeypatch.setattr("headwater.engine.client.PROMPT", 0.3)
    with open_engine(own, toolbox) as engine, under_way(engine, little, "sleep 300") as (word, future):
        hung = casd_of(own)
        os.kill(hung, signal.SIGSTOP)
        with pytest.raises(Failure) as raised:
            future.result(60)
        assert raised.value.kind is Kind.TOOL
        with open_engine(own, toolbox) as other:
            assert casd_of(own) != hung
            assert not runs(word)
            assert other.run(shell(other, little, "echo on > out"), little.supply).code == 0


@pytest.fixture
def heard() -> Iterator[Heard]:
    with hearing("engine") as listener:
        yield listener


def poison(own: Store, digest: Digest) -> Path:
    """Turn one bit of a file in casd's store over; its size stays."""
    path = own.root / "engine/cas/cas/objects" / digest.hash[:2] / digest.hash[2:]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    return path


def once(own: Store, toolbox: Toolbox, little: Little, script: str) -> tuple[Outcome, bytes]:
    """An action in an engine opened for it alone, and what it left in `out`."""
    with open_engine(own, toolbox) as engine:
        outcome = engine.run(shell(engine, little, script), little.supply)
        return outcome, engine.client.read(outcome.outputs["out"].digest)


def test_a_wrong_file_in_an_input_is_noticed_and_comes_anew(toolbox, own, little, heard) -> None:
    _, whole = once(own, toolbox, little, "cat /usr/bin/cat > out")
    cat = digest_of_bytes(whole)
    poison(own, cat)
    outcome, data = once(own, toolbox, little, ": again; cat /usr/bin/cat > out")
    assert (outcome.code, data) == (0, whole)
    assert len(heard.reasons) == 1
    assert cat.hash[:16] in heard.reasons[0]
    assert once(own, toolbox, little, ": again; cat /usr/bin/cat > out")[0].cached


def test_a_wrong_file_in_a_kept_result_is_noticed_and_made_anew(toolbox, own, little, heard) -> None:
    first, data = once(own, toolbox, little, "echo result > out")
    poison(own, first.outputs["out"].digest)
    again, healed = once(own, toolbox, little, "echo result > out")
    assert not again.cached
    assert healed == data
    assert len(heard.reasons) == 1
    assert once(own, toolbox, little, "echo result > out")[0].cached


def test_a_wrong_directory_is_noticed_too(toolbox, own, little, heard) -> None:
    once(own, toolbox, little, "echo > out")
    with open_engine(own, toolbox) as engine:
        root = little.plant(engine.forest)
    poison(own, engine.forest.lookup(root, "usr/bin"))
    assert once(own, toolbox, little, ": again; ls /usr/bin > out")[1].decode().split() == sorted(
        path.name for path in little.paths if path.parent.name == "bin"
    )
    assert len(heard.reasons) == 1


def test_it_keeps_no_more_than_it_is_told(toolbox: Toolbox, own: Store) -> None:
    blobs = [bytes([number]) * (2 << 20) for number in range(30)]
    with open_engine(own, toolbox, size="40M") as engine:
        for data in blobs:
            engine.client.upload({digest_of_bytes(data): data})
        kept = own.root / "engine/cas/cas/objects"
        until("room", lambda: sum(path.stat().st_size for path in kept.rglob("*") if path.is_file()) <= 40_000_000)
        assert not engine.client.missing([digest_of_bytes(blobs[-1])])
        assert engine.client.missing([digest_of_bytes(blobs[0])])


AS_USER = """
import os, sys
from pathlib import Path
from headwater.engine import open_engine
from headwater.store import Store
from headwater.toolbox import Toolbox
from tests.integration.heard import Heard, hearing
from tests.integration.little import Little, shell
from tests.integration.ordinary import USER, somebody

assert os.getuid() != 0, "an ordinary user"
here = Path(sys.argv[1])
box = Toolbox(root=here / "toolbox", key="")
little = Little(box)
with open_engine(Store(here / "store"), box) as engine:
    script = "touch /usr/bin/new; echo $UID > out; cat /proc/self/uid_map >> out"
    outcome = engine.run(shell(engine, little, script), little.supply)
    sys.stdout.buffer.write(engine.client.read(outcome.outputs["out"].digest))
    log = engine.run(shell(engine, little, "ls /usr/bin; echo > out"), little.supply).log
    assert b"new" not in engine.client.read(log), "what one action writes the next does not see"
"""


@pytest.mark.root
def test_an_ordinary_user_has_an_engine(toolbox: Toolbox) -> None:
    with somebody(toolbox) as he:
        said = he.run(AS_USER, he.place).text.split()
    assert said[0] == "0", "a builder is root in its own little world"
    assert said[1:] == ["0", str(USER), "1"]
