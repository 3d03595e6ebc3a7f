"""Composed roots in the store come back as they went in, and are read when somebody else put them there."""

from pathlib import Path

import pytest

from headwater.errors import Failure
from headwater.image.model import Ids, Root
from headwater.image.roots import keep_root, read_root
from headwater.store import Store


def root(epoch: int) -> Root:
    return Root(entries=(), ids=Ids(users={"root": 0}, groups={"root": 0}), epoch=epoch)


def test_a_root_comes_back_as_it_went_in(tmp_path: Path) -> None:
    store = Store(tmp_path)
    blobs = [keep_root(root(epoch), store) for epoch in (1, 2)]
    assert [read_root(blob.digest, store) for blob in (*blobs, *reversed(blobs))] == [root(1), root(2), root(2), root(1)]


def test_a_root_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="is not in the store"):
        read_root("0" * 64, Store(tmp_path))
