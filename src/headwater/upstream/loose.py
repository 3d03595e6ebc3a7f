"""Loose objects of a git repository, looked at before libgit2 reads them: from one that was cut it never comes back (1.9)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headwater.upstream.hosts import Refused

if TYPE_CHECKING:
    import pygit2

AT_ONCE = 1 << 20  # bytes that are unpacked at a time, to be thrown away
WHOLE = 40  # hexadecimal digits of an id


def get(repository: pygit2.Repository, name: str) -> Any:
    """An object by its id or the first digits of it; None where there is none. Raises Refused where its file is damaged."""
    for place in _files(repository.path, name):
        _check(place)
    return repository.get(name)


def _files(repository: str, name: str) -> Iterator[str]:
    """Where the object lies if it is no part of a pack."""
    folder = f"{repository}objects/{name[:2]}"
    if len(name) == WHOLE:
        yield f"{folder}/{name[2:]}"
    elif name.isalnum():
        yield from (str(place) for place in Path(folder).glob(f"{name[2:].lower()}*"))


def _check(place: str) -> None:
    """Its end is told by zlib; that its content is right, libgit2 finds out."""
    try:
        with open(place, "rb") as file:  # noqa: PTH123 a path for each of thousands costs more than reading it
            packed = file.read()
    except OSError:
        return
    unpacker = zlib.decompressobj()
    try:
        while not unpacker.eof:
            made = unpacker.decompress(packed, AT_ONCE)
            packed = unpacker.unconsumed_tail
            if not made and not packed:
                raise Refused(f"`{place}` is damaged: it was cut")
    except zlib.error as error:
        raise Refused(f"`{place}` is damaged: {error}") from None
