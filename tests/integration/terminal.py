"""A terminal of a person's: a program at it believes what it asks of a terminal, and is typed to."""

import os
import pty
import subprocess
import termios
import threading
from collections.abc import Sequence
from pathlib import Path

from headwater import command

ENDS, MONITOR = b"\x01x", b"\x01c"  # Ctrl-A X and Ctrl-A C, as QEMU hears them


class Terminal:
    """A program at a terminal of its own; what it says goes to `log`. It stands for the process of a `Console`."""

    def __init__(self, words: Sequence[str | Path], log: Path) -> None:
        keyboard, self.line = pty.openpty()
        self.stdin = os.fdopen(keyboard, "wb", buffering=0)
        self.modes = termios.tcgetattr(self.line)
        log.touch()
        vector = ["setsid", "--ctty", *map(str, words)]  # its own session, whose terminal this is
        self.process = subprocess.Popen(vector, stdin=self.line, stdout=self.line, stderr=self.line)
        self.listener = threading.Thread(target=self._listen, args=(keyboard, log), daemon=True)
        self.listener.start()

    def _listen(self, keyboard: int, log: Path) -> None:
        with log.open("ab", buffering=0) as file:
            try:
                while said := os.read(keyboard, 65536):
                    file.write(said)
            except OSError:  # nobody is at the terminal any more
                return

    def poll(self) -> int | None:
        return self.process.poll()

    @property
    def returncode(self) -> int | None:
        return self.process.returncode

    def type(self, keys: bytes) -> None:
        self.stdin.write(keys)

    def leave(self, seconds: float) -> int:
        """Ctrl-A X; the program's exit code."""
        self.type(ENDS)
        return self.process.wait(seconds)

    def is_as_it_was(self) -> bool:
        """Whether keys are echoed, lines edited, and so on, as before."""
        return termios.tcgetattr(self.line) == self.modes

    def close(self) -> None:
        command.end(self.process)
        os.close(self.line)
        self.listener.join()
        self.stdin.close()
