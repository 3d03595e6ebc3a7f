"""The log of a running action, as casd's runner leaves it in files."""

from pathlib import Path
from threading import Event

import pytest

from headwater.engine import digest_of_bytes
from headwater.engine.follow import following

MESSAGE = b"an action"


def begin(home: Path, name: str, message: bytes, log: bytes) -> Path:
    folder = home / "buildboxabc"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.stdout").write_bytes(log)
    (folder / f"{name}.action").write_bytes(message)
    return folder / f"{name}.stdout"


def test_a_log_is_heard_while_it_is_written_and_to_its_end(tmp_path: Path) -> None:
    begin(tmp_path, "earlier", MESSAGE, b"of an earlier run of the same")
    heard, first = [], Event()

    def hear(piece: bytes) -> None:
        heard.append(piece)
        first.set()

    with following(tmp_path, digest_of_bytes(MESSAGE), hear):
        begin(tmp_path, "another", b"not ours!", b"of another action")
        log = begin(tmp_path, "ours", MESSAGE, b"one\n")
        assert first.wait(30)
        with log.open("ab") as file:
            file.write(b"two\n")
    assert b"".join(heard) == b"one\ntwo\n"


@pytest.mark.parametrize("message", [b"", b"an act"])
def test_where_nothing_is_to_be_heard_nothing_is(tmp_path: Path, message: bytes) -> None:
    with following(tmp_path, digest_of_bytes(MESSAGE), lambda _: pytest.fail("heard something")):
        begin(tmp_path, "half", message, b"x")
