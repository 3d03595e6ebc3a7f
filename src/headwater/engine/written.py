"""What an action has written so far: where its new files lie, and how much of the disk they take."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from headwater.engine.processes import family

LEAST = 4096  # bytes that a file takes at least, as the disk counts it


def shown_by_fuse(staged: Path) -> Iterator[Path]:
    """Where the program that shows a tree keeps what is written to it."""
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (place / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            if words[-1] != os.fsencode(staged) or not any(b"buildbox-fuse" in word for word in words):
                continue
            links = {link.readlink() for link in (place / "fd").iterdir()}
            yield from (link for link in links if link.name.startswith("fuse-"))


def sizes(places: Iterable[Path]) -> Iterator[int]:
    """What each file takes on the disk; one with several names is not counted, for it is the engine's own."""
    waiting = [os.fspath(place) for place in places]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                        continue
                    found = entry.stat(follow_symlinks=False)
                    if found.st_nlink == 1:
                        yield max(LEAST, found.st_blocks * 512)


def nameless(process: int, device: int) -> Iterator[int]:
    """What files of a disk take that have no name any more, and that a process and all below it have open.

    Where a tree is shown by FUSE they have names: that keeps them until they are closed.
    """
    seen = set[int]()
    for one in family(process):
        with suppress(OSError), os.scandir(f"/proc/{one}/fd") as entries:
            for entry in entries:
                with suppress(OSError):
                    found = entry.stat()
                    if (found.st_dev, found.st_nlink) != (device, 0) or not stat.S_ISREG(found.st_mode):
                        continue
                    if found.st_ino not in seen:
                        seen.add(found.st_ino)
                        yield max(LEAST, found.st_blocks * 512)
