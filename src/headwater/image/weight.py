"""What makes an image large: its bytes by package, and by directory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

import msgspec

from headwater.image.difference import MADE, sizes
from headwater.image.model import Entry, Root

DEPTH = 3  # names of a path that tell a directory from others: /usr/lib/modules is not /usr/lib/systemd


class Weight(msgspec.Struct, frozen=True, kw_only=True):
    """A name and its bytes, with what they are made of; biggest first, and never anything of no bytes."""

    name: str
    size: int
    parts: tuple[Weight, ...] = ()


def by_package(root: Root) -> tuple[Weight, ...]:
    """Each package, and in which directories its bytes lie."""
    return _weigh(root, package_of, directory_of)


def by_directory(root: Root) -> tuple[Weight, ...]:
    """Each of the upper directories, and of which packages its bytes are."""
    return _weigh(root, directory_of, package_of)


def package_of(entry: Entry) -> str:
    """The package that brought an entry, or in words what else made it."""
    return f"({MADE[entry.package]})" if entry.package in MADE else entry.package or "(nobody)"


def directory_of(entry: Entry) -> str:
    """The directory of an entry, at most three names deep."""
    return "/" + "/".join(entry.path.split("/")[1:-1][:DEPTH])


def gather(weights: tuple[Weight, ...], least: float) -> tuple[Weight, ...]:
    """The same bytes in fewer parts: those below `least` bytes (if several) are one, at the end."""
    small = tuple(one for one in weights if one.size < least)
    if len(small) < 2:
        return weights
    rest = Weight(name=f"{len(small)} others", size=sum(one.size for one in small))
    return (*(one for one in weights if one.size >= least), rest)


def _weigh(root: Root, outer: Callable[[Entry], str], inner: Callable[[Entry], str]) -> tuple[Weight, ...]:
    found: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for entry, size in sizes(root):
        if size:
            found[outer(entry)][inner(entry)] += size
    return _sorted(
        {name: (sum(parts.values()), _sorted({part: (n, ()) for part, n in parts.items()})) for name, parts in found.items()}
    )


def _sorted(found: Mapping[str, tuple[int, tuple[Weight, ...]]]) -> tuple[Weight, ...]:
    weights = (Weight(name=name, size=size, parts=parts) for name, (size, parts) in found.items())
    return tuple(sorted(weights, key=lambda one: (-one.size, one.name)))
