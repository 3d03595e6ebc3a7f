"""The engine as the stages see it: a forest of trees, and actions run on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import msgspec

from headwater.engine.action import Action, Encoded, encode
from headwater.engine.follow import Hear, following
from headwater.engine.model import Content, Digest, Outcome
from headwater.engine.tree import Forest
from headwater.errors import Kind, fail
from headwater.store import Store
from headwater.toolbox.model import Toolbox

if TYPE_CHECKING:
    from headwater.engine.client import Client

JOBS = 2  # actions at once where nobody says how many
Supply = Callable[[set[Digest]], Iterator[tuple[Digest, Content]]]  # asked for file content that the engine lacks


class Engine:
    """Runs actions. One is enough for a whole run; several threads may use it."""

    def __init__(self, client: Client, home: Path | None = None) -> None:
        """`home` is the folder of this machine's own engine; None for one elsewhere."""
        self.client, self.home = client, home
        self.forest = Forest()

    def run(self, action: Action, supply: Supply, *, fresh: bool = False, hear: Hear | None = None) -> Outcome:
        """The outcome of an action: a kept one, or (always, where `fresh`) a new one.

        `supply` gives the files of the action's tree that the engine does not have yet, and may be asked for none. `hear` gets
        the log in pieces while it is written (from another thread), where the engine shows it; the outcome has all of it.
        """
        encoded = encode(action)
        if not fresh and (kept := self.client.look_up(encoded.digest)):
            return kept
        self.provide(action.root, supply, encoded)
        if not self.home or not hear:
            return self.client.execute(encoded.digest, timeout=action.timeout, fresh=fresh, hear=hear)
        with following(self.home, encoded.digest, hear) as watch:
            outcome = self.client.execute(encoded.digest, timeout=action.timeout, fresh=fresh)
        return msgspec.structs.replace(outcome, memory=watch.memory, free=watch.free)

    @property
    def stopped(self) -> Event:
        """Set when we are about to leave."""
        return self.client.stopped

    def stop(self) -> None:
        """End all that runs for us, because we are about to leave."""
        self.client.stop()

    def provide(self, root: Digest, supply: Supply, encoded: Encoded | None = None) -> None:
        """Make the engine hold a whole tree (and an action's messages)."""
        directories, files = self.forest.reach(root)
        blobs: Mapping[Digest, bytes] = encoded.blobs if encoded else {}
        missing = self.client.missing([*directories, *files, *blobs])
        wanted = missing & files - blobs.keys()
        given: set[Digest] = set()

        def supplied() -> Iterator[tuple[Digest, Content]]:
            for digest, content in supply(wanted):
                if digest in wanted and digest not in given:
                    given.add(digest)
                    yield digest, content

        if wanted:
            self.client.upload(supplied())
        assert given == wanted, f"{len(wanted - given)} files of a tree came from nowhere, such as {min(wanted - given).hash}"
        self.client.upload((digest, self.forest.encoded(digest)) for digest in sorted(missing & directories))
        self.client.upload((digest, blobs[digest]) for digest in sorted(missing & blobs.keys()))


@contextmanager
def open_engine(store: Store, toolbox: Toolbox, *, url: str = "", jobs: int = JOBS) -> Iterator[Engine]:
    """The machine's own engine for a store, or the one at `url` (`grpc://HOST:PORT/INSTANCE`, `grpcs://` with TLS).

    The machine's own runs `jobs` actions at once, for all who use it; the first to come decides.
    """
    import grpc  # noqa: PLC0415 it takes longer to load than a finished world is told in

    from headwater.engine import casd  # noqa: PLC0415 as above
    from headwater.engine.client import Client  # noqa: PLC0415 as above

    if not url:
        with casd.serve(store, toolbox, max(jobs, JOBS)) as channel:
            yield Engine(Client(channel), casd.home_of(store))
        return
    scheme, _, rest = url.partition("://")
    target, _, instance = rest.partition("/")
    if scheme not in {"grpc", "grpcs"} or not target:
        raise fail(Kind.USAGE, f"`{url}` is no engine", why="expected grpc://HOST:PORT or grpcs://HOST:PORT")
    secret = grpc.ssl_channel_credentials()
    channel = grpc.secure_channel(target, secret) if scheme == "grpcs" else grpc.insecure_channel(target)
    with channel:
        yield Engine(Client(channel, instance))
