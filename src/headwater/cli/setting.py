"""What the global options say, and the few things every verb starts from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from headwater.cli.servers import server_of
from headwater.config import Given, Project, Reading, find_project, locate, read_project
from headwater.errors import Failure, Kind, Problem, fail

if TYPE_CHECKING:
    from headwater.request import Request
    from headwater.store import Store


class Setting:
    """The options before the verb; the project and the store open when a verb first asks."""

    def __init__(
        self,
        *,
        directory: Path = Path(),
        given: Given = Given(),
        store: Path | None = None,
        style: str = "table",
        offline: bool = False,
        jobs: int = 1,
        engine: str | None = None,
        cache: str | None = None,
        dry_run: bool = False,
        retries: int = 3,
        verbose: bool = False,
    ) -> None:
        self.directory = directory
        self.given = given
        self.store_root = store or default_store()
        self.style = style
        self.offline = offline
        self.jobs = jobs
        self.engine = engine
        self.cache = cache
        self.dry_run = dry_run
        self.retries = retries
        self.verbose = verbose

    @cached_property
    def project(self) -> Project:
        return self.reading().project

    @cached_property
    def sketch(self) -> Reading:
        """The project read without lines, which is faster; whoever shows a place of it asks `located`."""
        return self.reading(places=False)

    def reading(self, *, places: bool = True) -> Reading:
        """The project with the tables it was made from; without `places` its values know no lines, which is faster."""
        path = find_project(self.directory)
        given = msgspec.structs.replace(self.given, user_file=user_file(azldev=path.name == "azldev.toml"))
        reading = read_project(path, given, places=places)
        reading.forgive = _warn
        return reading

    def located(self, failure: Failure) -> Failure:
        """The failure with the lines of its places, also where the project was read without."""
        try:
            root = find_project(self.directory).parent
        except Failure:
            return failure
        return Failure(
            msgspec.structs.replace(one, where=locate(one.where, root)) if one.where else one for one in failure.problems
        )

    def request(self, project: Project | None = None) -> Request:
        """What the stages are asked for."""
        from headwater.upstream import insist  # noqa: PLC0415 solver and engine load only for verbs that make something

        insist(self.retries)
        return self.quiet_request(project or self.project)

    def quiet_request(self, project: Project) -> Request:
        """As `request`, for who asks no host."""
        from headwater.request import Request  # noqa: PLC0415 as above

        engine = server_of("engine", self.engine, project.engine, os.environ)
        cache = server_of("cache", self.cache, project.cache, os.environ)
        if self.offline and engine:
            raise fail(Kind.USAGE, f"`{engine.url}` can not be used offline", hint="--engine local, or without --offline")
        return Request(
            project=project,
            store=self.store,
            offline=self.offline,
            jobs=self.jobs,
            engine=engine,
            cache=None if self.offline else cache,
        )

    @cached_property
    def store(self) -> Store:
        from headwater.store import Store  # noqa: PLC0415 as above

        return Store(self.store_root)


def _warn(problems: Iterable[Problem]) -> None:
    from headwater.cli.output import show_warnings  # noqa: PLC0415 as above

    show_warnings(problems)


def user_file(*, azldev: bool) -> Path | None:
    """`$XDG_CONFIG_HOME/headwater/config.toml`, or azldev's where the project is one of azldev's; None where there is none."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    path = Path(home) / ("azldev" if azldev else "headwater") / "config.toml"
    return path if path.is_file() else None


def default_store() -> Path:
    """`$XDG_CACHE_HOME/headwater` (XDG Base Directory Specification)."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "headwater"
