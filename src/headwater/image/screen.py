"""A picture of a guest's screen, asked of QEMU over its control socket (QMP); a guest that shows nothing has none."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import msgspec

from headwater.whole import write_whole

SOCKET, PICTURE = "qmp.sock", "screen.png"
SECONDS = 20.0  # for an answer of QEMU's, on a busy machine
LONGEST = 1 << 20  # bytes of what QEMU may say before its answer
PNG = b"\x89PNG\r\n\x1a\n"


def take_picture(folder: Path, seen_as: str, place: Path) -> bool:
    """Leave the screen as a PNG file at `place`; whether there is one.

    `folder` has QEMU's socket, and is `seen_as` where QEMU runs. Nothing is raised: whoever asks has a worse problem to tell.
    """
    try:
        _ask(folder, f"{seen_as}/{PICTURE}")
        data = (folder / PICTURE).read_bytes()
        if not data.startswith(PNG):
            return False
        write_whole(place, data)
    except (OSError, ValueError, msgspec.DecodeError):
        return False
    return True


def _ask(folder: Path, file: str) -> None:
    opened = os.open(folder, os.O_PATH)
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(SECONDS)
            line.connect(f"/proc/self/fd/{opened}/{SOCKET}")  # a socket's path has at most 107 bytes; the store's may have more
            with line.makefile("rwb", buffering=0) as talk:
                _answer(talk, "QMP")
                for command in (
                    {"execute": "qmp_capabilities"},
                    {"execute": "screendump", "arguments": {"filename": file, "format": "png"}},
                ):
                    talk.write(msgspec.json.encode(command) + b"\n")
                    _answer(talk, "return")
    finally:
        os.close(opened)


def _answer(talk: Any, key: str) -> None:
    """Read on to the answer; events may come before it."""
    left = LONGEST
    while left > 0:
        line = talk.readline(left)
        left -= len(line)
        said = msgspec.json.decode(line)
        if key in said:
            return
        if "error" in said:
            raise ValueError(said["error"])
    raise ValueError("QEMU says too much")
