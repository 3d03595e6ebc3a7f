"""A line between a client and a server on loopback that can be cut, mended, and held: bytes then go nowhere, in silence."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self


class Forwarder:
    """Listens on `port` and carries bytes to and from another port."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open, self._flowing = True, threading.Event()
        self._flowing.set()
        self._ends: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._door.close()
        self.cut()

    def cut(self) -> None:
        """Close every connection, and refuse new ones."""
        self._open = False
        self._flowing.set()
        for end in self._ends:
            _shut(end)
        self._ends.clear()

    def mend(self) -> None:
        self._open = True

    def hold(self) -> None:
        """Keep connections, and carry nothing."""
        self._flowing.clear()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            if not self._open:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._target))
            self._ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                self._flowing.wait()
                target.sendall(data)
        _shut(target)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
