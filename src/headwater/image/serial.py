"""A conversation over a guest's serial console: wait for words, run commands, notice a panic or silence."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable
from pathlib import Path

from headwater import command
from headwater.errors import Failure, Kind, fail

POLL = 0.05  # seconds between looks at the log
RETRY = 5.0  # seconds until a shell that said nothing is asked again: login throws away what was typed too early
# Messages of the kernel and of systemd (signals: systemd(1)) and prompts would mix with answers; a pager would wait for ever.
QUIET = (
    "export HEADWATER=ready TERM=dumb PAGER=cat SYSTEMD_PAGER=cat SYSTEMD_COLORS=0 PS1= PS2=; "
    "stty -echo; dmesg -n 1; kill -s RTMIN+21 1; exec sh"
)
# Login may leave the shell the second half of a line: no quote of it stays open, and who has not heard the first is not ready.
ANSWER = r"printf @@%s@@\\n $HEADWATER"
TAIL = 15  # lines of the console in an error
_ESCAPES = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_c]|[\x00\r]")
# words after which no guest comes back, and what they mean
_LOST = {
    r"Kernel panic - not syncing[^\n]*": "its kernel panicked",
    r"VFS: Unable to mount root[^\n]*": "its kernel found no root file system",
    r"You are in emergency mode": "systemd gave up",
    r"Freezing execution": "systemd crashed",
    r"No bootable option|>>Start (?:PXE|HTTP)[^\n]*": "its firmware found nothing on the disk that it can start",
    r"KVM internal error": "KVM cannot run it",
}
_ANY_LOST = re.compile("|".join(f"({words})" for words in _LOST))


class Console:
    """A guest's console: `process` takes what is typed on its standard input and writes what is said to `log`.

    `picture` leaves a picture of the screen and says where, if there is one; an error names it.
    """

    def __init__(self, process: command.Process, log: Path, picture: Callable[[], Path | None] = lambda: None) -> None:
        self.process, self.log, self.picture = process, log, picture
        self._position = 0  # up to where the text has been used
        self._commands = 0

    def expect(self, pattern: str, seconds: float) -> re.Match[str]:
        """Wait until the guest says what the regular expression describes; what came before is used up.

        Errors: Failure(IMAGE) after `seconds`, at a panic, or when the guest ended; with the last lines it said.
        """
        said = self._await(pattern, seconds)
        if isinstance(said, str):
            raise self.failure(said)
        return said

    def _await(self, pattern: str, seconds: float) -> re.Match[str] | str:
        """What the guest said, or why it did not."""
        until = time.monotonic() + seconds
        wanted = re.compile(pattern)
        while True:
            ended = self.process.poll() is not None
            text = self.text()
            match = wanted.search(text, self._position)
            if match:
                self._position = match.end()
                return match
            if lost := _ANY_LOST.search(text, self._position):
                return f"the guest is lost: {tuple(_LOST.values())[(lost.lastindex or 1) - 1]} (`{lost[0].strip()}`)"
            if ended:
                return f"the guest ended with code {self.process.returncode}"
            if time.monotonic() > until:
                return f"the guest did not say `{pattern}` within {seconds:.0f} s"
            time.sleep(POLL)

    def send(self, line: str) -> None:
        """Type a line."""
        assert self.process.stdin, "the guest was started with a standard input"
        try:
            self.process.stdin.write(f"{line}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self.failure("the guest ended") from None

    def ready(self, seconds: float) -> None:
        """Wait until a shell answers; echo and prompts are then off."""
        until = time.monotonic() + seconds
        while True:
            self.send(QUIET)
            self.send(ANSWER)
            said = self._await("@@ready@@", min(RETRY, max(until - time.monotonic(), POLL)))
            if not isinstance(said, str):
                return
            if self.process.poll() is not None or _ANY_LOST.search(self.text(), self._position):
                raise self.failure(said)
            if time.monotonic() > until:
                raise self.failure(f"no shell of the guest answered within {seconds:.0f} s")

    def run(self, command: str, seconds: float) -> tuple[int, str]:
        """Run a command in the guest's shell; returns its exit code and what it wrote on both streams."""
        self._commands += 1
        number = self._commands
        # the marks are put together by the guest, so that an echo of the line is not mistaken for them
        asked = f"sh -c {shlex.quote(command)} </dev/null 2>&1"
        self.send(f"printf '@@%s@@\\n' begin{number}; {asked}; printf '\\n@@%s:%s@@\\n' end{number} $?")
        begin = self.expect(f"@@begin{number}@@\n", seconds)
        end = self.expect(rf"\n@@end{number}:(\d+)@@", seconds)
        return int(end[1]), end.string[begin.end() : end.start()].strip("\n")

    def text(self) -> str:
        """All that was said so far, without escape codes and carriage returns."""
        return _ESCAPES.sub("", self.log.read_bytes().decode(errors="replace"))

    def failure(self, what: str) -> Failure:
        last = "\n".join(self.text().rstrip().splitlines()[-TAIL:])
        picture = self.picture() if self.process.poll() is None else None
        shown = f"\nits screen is in {picture}" if picture else ""
        return fail(Kind.IMAGE, what, why=f"its console ended with\n{last}{shown}", hint=f"less -R {self.log}")
