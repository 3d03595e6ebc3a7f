"""QEMU's control socket, played by a thread: a picture, a refusal, and none at all."""

import json
import socket
import threading
from pathlib import Path

import pytest

from headwater.image.screen import PICTURE, PNG, SOCKET, take_picture


def play(folder: Path, answers: dict[str, list[dict]], content: bytes) -> threading.Thread:
    """QEMU's part of one conversation: a greeting, then what it says to each command."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(folder / SOCKET))
    server.listen(1)

    def talk():
        line, _ = server.accept()
        with server, line, line.makefile("rwb", buffering=0) as words:
            words.write(b'{"QMP": {"version": {}}}\n')
            for asked in words:
                command = json.loads(asked)
                if command["execute"] == "screendump":
                    assert command["arguments"] == {"filename": f"/inside/{PICTURE}", "format": "png"}
                    (folder / PICTURE).write_bytes(content)
                for answer in answers.get(command["execute"], [{"return": {}}]):
                    words.write(json.dumps(answer).encode() + b"\n")

    thread = threading.Thread(target=talk)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("answers", "content", "taken"),
    [
        ({}, PNG + b"pixels", True),
        ({"screendump": [{"event": "RESUME"}, {"return": {}}]}, PNG, True),
        ({"screendump": [{"error": {"class": "GenericError", "desc": "no console"}}]}, b"", False),
        ({"screendump": [["no", "object"]]}, PNG, False),
        ({}, b"P6 no PNG", False),
    ],
)
def test_a_picture_is_there_or_it_is_not(tmp_path, answers, content, taken):
    folder = tmp_path / ("deep" * 30)  # longer than the path of a socket may be
    folder.mkdir()
    short = tmp_path / "s"
    short.symlink_to(folder)
    thread = play(short, answers, content)
    assert take_picture(folder, "/inside", tmp_path / "screen.png") is taken
    thread.join(10)
    assert (tmp_path / "screen.png").exists() is taken


def test_no_machine_no_picture(tmp_path):
    assert not take_picture(tmp_path, "/inside", tmp_path / "screen.png")
    assert not take_picture(tmp_path / "gone", "/inside", tmp_path / "screen.png")
