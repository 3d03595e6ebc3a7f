"""A small root, and a store of its own for each test."""

import stat
from pathlib import Path

import pytest

from headwater.image.index import file_of
from headwater.image.model import Entry, Ids, Root
from headwater.store import Store

EPOCH = 1_760_000_000


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def root(store: Store) -> Root:
    """A directory, a file with capabilities, its hard link, a link, and a file of somebody else."""
    ping = file_of("/usr/bin/ping", b"ELF and so on", EPOCH, store, mode=0o755, by="iputils")
    entries = (
        Entry(path="/", mode=stat.S_IFDIR | 0o755, mtime=EPOCH),
        Entry(path="/usr", mode=stat.S_IFDIR | 0o755, mtime=EPOCH),
        Entry(path="/usr/bin", mode=stat.S_IFDIR | 0o755, mtime=EPOCH),
        Entry(**{**_fields(ping), "caps": "cap_net_raw=ep", "links": 7}),
        Entry(**{**_fields(ping), "path": "/usr/bin/ping4", "links": 7}),
        Entry(path="/usr/bin/sh", mode=stat.S_IFLNK | 0o777, target="bash", mtime=EPOCH),
        Entry(**{**_fields(file_of("/usr/note", b"mine", EPOCH, store, mode=0o4640, by="note")), "user": "alki"}),
    )
    return Root(entries=entries, ids=Ids(users={"root": 0, "alki": 1000}, groups={"root": 0}), epoch=EPOCH)


def _fields(entry: Entry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in Entry.__struct_fields__}
