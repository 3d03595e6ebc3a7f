"""A copy of distro/ to be measured: asked by `hw` as a process of its own, and opened in this one."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import running

from headwater import factory
from headwater.build import Line
from headwater.config import load
from headwater.derive import derive
from headwater.repo.model import Repository
from headwater.request import Request, Workshop, open_workshop
from headwater.store import Store

ROOT = Path(__file__).parents[2]
RUNS = 5
Pair = tuple[float, float]


class Copy:
    """The project in `folder`, with results in the store `usual`; `line` is where its packages are built."""

    line: Line
    workshop: Workshop
    repository: Repository

    def __init__(self, folder: Path, usual: Path) -> None:
        self.folder, self.usual, self.project = folder, usual, folder / "distro"
        shutil.copytree(ROOT / "distro", self.project, ignore=shutil.ignore_patterns("out", "build"))
        self.request = Request(project=load(self.project), store=Store(usual))

    @contextmanager
    def opened(self) -> Iterator["Copy"]:
        """With the engine running, and everything built once."""
        self.workshop = open_workshop(self.request)
        ground = factory.lay_ground(self.request, self.workshop)
        self.repository = ground.repository
        rendered = derive(self.request, tuple(self.request.project.components.values()))
        bridged = factory.cross(self.request, self.workshop)
        with factory.open_line(self.request, self.workshop, rendered, bridged) as self.line:
            self.line.workshop.add([rpm for package in ground.built for rpm in package.rpms])
            yield self

    def hw(self, *words: str) -> list[dict[str, Any]]:
        """What `hw` says, as rows."""
        return running.hw(self.project, self.usual, *words) or []


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def turns(ours: Callable[[], object], theirs: Callable[[], object], runs: int = RUNS) -> Callable[[], Pair]:
    """The best seconds of both, after one run that warms each."""

    def measure() -> Pair:
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs + 1)][1:]
        return min(one for one, _ in pairs), min(one for _, one in pairs)

    return measure
