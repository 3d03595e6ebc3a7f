"""Files and folders that appear whole: written beside their place and renamed, so that a cut leaves the old one or the new."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_whole(path: Path, content: bytes) -> Path:
    """Make `content` that of a file, which anybody may read; one that has it already stays as it is, with its time."""
    if not path.exists() or path.read_bytes() != content:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(beside).chmod(0o644)
            Path(beside).rename(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    return path


@contextmanager
def replacing(place: Path) -> Iterator[Path]:
    """An empty folder beside `place`, to be filled; then it is `place`, and what was there before is gone.

    Where two processes do so at once, both succeed, and the folder of one of them stays.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    new, old = beside / "new", beside / "old"
    try:
        new.mkdir(mode=0o755)
        yield new
        for old in (beside / f"old{number}" for number in itertools.count()):
            if _take_place(new, place, old):
                break
    except BaseException:
        if os.path.lexists(old) and not os.path.lexists(place):
            old.rename(place)
        raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _take_place(new: Path, place: Path, old: Path) -> bool:
    """Rename `place` to `old` and `new` to `place`; False if somebody else put a folder there in between."""
    with suppress(FileNotFoundError):
        place.rename(old)
    try:
        new.rename(place)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
            return False
        raise
    return True
