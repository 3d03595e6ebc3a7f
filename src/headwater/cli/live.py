"""Progress as a live picture for terminals; rich is loaded only when there is one."""

from __future__ import annotations

import time
from threading import Lock

from rich.console import Console, Group
from rich.live import Live as Picture
from rich.spinner import Spinner
from rich.text import Text

from headwater.cli.reporters import begun, ended, is_dull, logged, noted
from headwater.progress import Event, Outcome

MOST = 12  # running steps that a terminal shows
BESIDE = 3  # columns beside a step's words: the spinner
EYE = 0.1  # seconds between two pictures; logs come faster than anybody reads

Name = tuple[str, str]  # verb and name of a step


class Live:
    """Running steps with their phase and latest words, redrawn in place; ended steps scroll away above. For terminals."""

    def __init__(self, console: Console, *, verbose: bool) -> None:
        self.console, self.verbose, self.lock = console, verbose, Lock()
        self.running: dict[Name, Spinner] = {}
        self.phases: dict[Name, str] = {}
        self.picture: Picture | None = None
        self.drawn = 0.0

    def tell(self, event: Event) -> None:
        with self.lock:
            name = (event.verb, event.name)
            if event.outcome:
                self.running.pop(name, None)
                self.phases.pop(name, None)
                self._scroll(event)
            elif name in self.running or not (event.phase or event.line):
                self._hear(name, event)
            if not event.line or time.monotonic() - self.drawn > EYE:
                self._draw()

    def _hear(self, name: Name, event: Event) -> None:
        if event.phase:
            self.phases[name] = event.phase
        if event.line and self.verbose and self.picture:
            self.picture.console.print(Text(logged(event)))
        words = noted(event, self.phases.get(name, "")) if event.note or event.line or event.phase else begun(event)
        text = Text(words)
        text.truncate(self.console.width - BESIDE, overflow="ellipsis")  # a spinner would wrap it
        self._run(name, text)

    def _run(self, name: Name, text: Text) -> None:
        if spinner := self.running.get(name):
            spinner.update(text=text)
        else:
            self.running[name] = Spinner("dots", text)

    def _scroll(self, event: Event) -> None:
        if not is_dull(event, verbose=self.verbose):
            style = "red" if event.outcome is Outcome.FAILED else "dim" if event.outcome is Outcome.CACHED else ""
            (self.picture.console if self.picture else self.console).print(Text(ended(event), style))

    def _draw(self) -> None:
        """The picture is there while something runs, so that the terminal is whole whenever nothing does."""
        self.drawn = time.monotonic()
        if not self.running:
            if self.picture:
                self.picture.stop()
            self.picture = None
            return
        if not self.picture:
            self.picture = Picture(console=self.console, transient=True, refresh_per_second=8)
            self.picture.start()
        self.picture.update(Group(*list(self.running.values())[-MOST:]))
