"""The contents of files of a root, as they lie in the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Self

from headwater.image.model import Entry
from headwater.store import Store

CHUNK = 1 << 20  # bytes read at a time


class Contents:
    """The contents of entries, read from packs in the store; use as a context."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[str, IO[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for file in self._open.values():
            file.close()

    def of(self, entry: Entry) -> Iterator[bytes]:
        """The entry's content in chunks, `entry.size` bytes together."""
        if not entry.size:
            return
        file = self._file(entry.pack)
        file.seek(entry.offset)
        left = entry.size
        while left:
            chunk = file.read(min(left, CHUNK))
            assert chunk, f"pack {entry.pack} is as long as its entries say"
            left -= len(chunk)
            yield chunk

    def whole(self, entry: Entry) -> bytes:
        return b"".join(self.of(entry))

    def _file(self, pack: str) -> IO[bytes]:
        if pack not in self._open:
            if len(self._open) >= 200:  # well below the usual limit of 1024 open files
                self._open.pop(next(iter(self._open))).close()
            self._open[pack] = Path(self._store.path(pack)).open("rb")  # noqa: SIM115 closed by __exit__
        return self._open[pack]
