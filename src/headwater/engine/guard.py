"""Looks whether what casd has on its disk still is what its names say.

casd checks content when it comes in, and never again: a block that went bad, or a hand that slipped, would show later builds
a wrong file. So everything that an action is about to see is hashed once in the life of a process, beside the action.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from headwater.engine.model import Digest

PLACE = Path("cas/cas/objects")  # below casd's home: ab/cdef... are files named by their digests


class Guard:
    """What of casd's content this process has seen to be right."""

    def __init__(self, home: Path) -> None:
        self._objects = home / PLACE
        self._good: set[Digest] = set()

    def trust(self, digests: Iterable[Digest]) -> None:
        """These came in just now, and were checked by casd."""
        self._good |= set(digests)

    def wrong(self, digests: Iterable[Digest], over: Event | None = None) -> set[Digest]:
        """Those whose files hold something else; stops early when `over` is set. What casd does not have is not wrong."""
        found = set()
        for digest in sorted(set(digests) - self._good, key=lambda digest: digest.hash):
            if over and over.is_set():
                break
            if self._holds(digest):
                self._good.add(digest)
            else:
                found.add(digest)
        return found

    def drop(self, digests: Iterable[Digest]) -> None:
        """Take files out of casd's store; it says then that they are missing, and gets them anew."""
        for digest in digests:
            self._file(digest).unlink(missing_ok=True)

    @contextmanager
    def watching(self, digests: Iterable[Digest], over: Event) -> Iterator[set[Digest]]:
        """Look at these while the block runs, in a thread; what is wrong is in the set when the block has ended."""
        found: set[Digest] = set()
        thread = Thread(target=lambda: found.update(self.wrong(digests, over)), name="guard", daemon=True)
        thread.start()
        try:
            yield found
        finally:
            thread.join()

    def _file(self, digest: Digest) -> Path:
        return self._objects / digest.hash[:2] / digest.hash[2:]

    def _holds(self, digest: Digest) -> bool:
        try:
            with self._file(digest).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == digest.hash
        except FileNotFoundError:
            return True
        except OSError:  # the disk can not read it any more
            return False
