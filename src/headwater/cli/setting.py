"""What the global options say, and the few things every verb starts from."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from headwater.config import find_project, load
from headwater.config.model import Project
from headwater.store import Store

if TYPE_CHECKING:
    from headwater.pipeline import Request


class Setting:
    """The options before the verb; the project and the store open when a verb first asks."""

    def __init__(self, *, directory: Path, store: Path | None, style: str, offline: bool, jobs: int, dry_run: bool) -> None:
        self.directory = directory
        self.store_root = store or default_store()
        self.style = style
        self.offline = offline
        self.jobs = jobs
        self.dry_run = dry_run

    @cached_property
    def project(self) -> Project:
        return load(find_project(self.directory))

    def request(self) -> Request:
        """What the stages are asked for."""
        from headwater.pipeline import Request  # noqa: PLC0415 solver and engine load only for verbs that make something

        return Request(project=self.project, store=self.store, offline=self.offline, jobs=self.jobs)

    @cached_property
    def store(self) -> Store:
        return Store(self.store_root)


def default_store() -> Path:
    """`$XDG_CACHE_HOME/headwater` (XDG Base Directory Specification)."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "headwater"
