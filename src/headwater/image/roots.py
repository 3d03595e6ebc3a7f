"""Composed roots in the store: the entries as JSON of Root, by its digest."""

from __future__ import annotations

import msgspec

from headwater.image.model import Root
from headwater.store import Blob, Store


def keep_root(root: Root, store: Store) -> Blob:
    """Take a root in; its blob is what others call the index of an image."""
    blob = store.add_bytes(msgspec.json.encode(root))
    _at_hand.clear()
    _at_hand[blob.digest] = root
    return blob


def read_root(index: str, store: Store) -> Root:
    """The root whose blob is `index`; the last one stays at hand, for a stage rarely asks alone."""
    root = _at_hand.get(index)
    if root is None:
        root = msgspec.json.decode(store.read(index), type=Root)
        _at_hand.clear()
        _at_hand[index] = root
    return root


_at_hand: dict[str, Root] = {}
