"""Git's objects in memory: a repository without a folder, for histories that nobody but a counter ever reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pygit2


class Objects(pygit2.OdbBackend):
    """Contents with their kind, by id. Packs and repositories on disk may stand behind it."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[Any, tuple[int, bytes]] = {}

    def read_cb(self, oid: Any) -> tuple[int, bytes]:
        return self._kept[oid]

    def read_header_cb(self, oid: Any) -> tuple[int, int]:
        kind, content = self._kept[oid]
        return kind, len(content)

    def exists_cb(self, oid: Any) -> bool:
        return oid in self._kept

    def write_cb(self, oid: Any, content: bytes, kind: int) -> None:
        self._kept[oid] = (kind, bytes(content))

    def refresh_cb(self) -> None:
        """Nobody else writes here."""


def open_objects(borrowed: Path | None) -> Any:
    """An empty repository in memory, which also reads the objects of a folder (`objects` of another repository)."""
    repository, database = pygit2.Repository(), pygit2.Odb()
    database.add_backend(Objects(), 1)
    if borrowed:
        database.add_disk_alternate(str(borrowed))
    repository.set_odb(database)
    return repository
