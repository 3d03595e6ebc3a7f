"""Follows a build's log while it is written: in which phase it is, and the line that came last."""

from __future__ import annotations

import re

from headwater.build.plain import plain
from headwater.progress import Step

LONGEST = 1 << 16  # bytes of a line that is waited for
_PHASE = re.compile(r"^(?:Executing\((%(?!license|doc)\w+)\)|(Processing files|Checking for unpackaged files?))")


def phase_in(line: str) -> str:
    """The phase that begins with a line of rpmbuild's, such as `%prep`; `%files` is the making of packages; or empty."""
    match = _PHASE.match(line)
    return (match[1] or "%files") if match else ""


class Listener:
    """Hears a log in pieces, and tells a step its phases and lines."""

    def __init__(self, work: Step) -> None:
        self.work, self.phase, self.rest = work, "", b""

    def hear(self, piece: bytes) -> None:
        """The next bytes of the log; lines are told when they are whole."""
        *lines, self.rest = (self.rest + piece).split(b"\n")
        for line in lines:
            self._tell(plain(line))
        if len(self.rest) > LONGEST:
            self._tell(plain(self.rest))
            self.rest = b""

    def _tell(self, line: str) -> None:
        phase = phase_in(line)
        if phase and phase != self.phase:
            self.phase = phase
            self.work.enter(phase)
        if line.strip():
            self.work.say(line)
