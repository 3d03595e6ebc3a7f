"""A program's standard input that we write while it reads: what is large lies nowhere."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Self

PIPE = 1 << 20  # bytes that wait between us and a program that reads what we write

Feed = Callable[[IO[bytes]], object]  # writes what a program reads from its standard input, while it reads


class Fed:
    """A program's standard input, written by a thread of ours that ends with the program."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._error: BaseException | None = None
        self.source, self._into = os.pipe()
        with suppress(OSError):  # who has many pipes already gets small ones
            fcntl.fcntl(self._into, fcntl.F_SETPIPE_SZ, PIPE)
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> Self:
        return self

    def begin(self) -> None:
        """Write. The program is there, and has the only end from which the pipe is read: it breaks when the program ends."""
        os.close(self.source)
        self._thread.start()

    def _write(self) -> None:
        try:
            with os.fdopen(self._into, "wb", PIPE) as file:
                self._feed(file)
        except BrokenPipeError:
            pass
        except BaseException as error:  # noqa: BLE001 raised where the program is waited for
            self._error = error

    def __exit__(self, *_error: object) -> None:
        if self._thread.ident is None:
            os.close(self.source)
            os.close(self._into)
            return
        self._thread.join()
        if self._error:
            raise self._error
