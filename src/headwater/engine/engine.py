"""The engine as the stages see it: a forest of trees, and actions run on them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import msgspec

from headwater.engine.action import Action, Encoded, encode
from headwater.engine.follow import Hear, following
from headwater.engine.guard import Guard
from headwater.engine.model import Content, Digest, Outcome
from headwater.engine.server import Server, Sharing, check, open_channel
from headwater.engine.tree import Forest
from headwater.errors import Failure, Kind, fail
from headwater.progress import step
from headwater.store import Store
from headwater.toolbox.model import Toolbox

if TYPE_CHECKING:
    from headwater.engine.client import Client
    from headwater.engine.shared import Shared

JOBS = 2  # actions at once where nobody says how many
SIZE = "20G"  # of what this machine's engine keeps, where nobody says how much; what is used least goes first
ATTEMPTS = 4  # at an action of which content was lost, or went bad
Supply = Callable[[set[Digest]], Iterator[tuple[Digest, Content]]]  # asked for file content that the engine lacks


class Engine:
    """Runs actions. One is enough for a whole run; several threads may use it."""

    def __init__(self, client: Client, home: Path | None = None, shared: Shared | None = None) -> None:
        """`home` is the folder of this machine's own engine; None for one elsewhere. `shared` are results of others."""
        self.client, self.home, self._shared = client, home, shared
        self._guard = Guard(home) if home else None
        self.forest = Forest()

    def run(self, action: Action, supply: Supply, *, fresh: bool = False, hear: Hear | None = None) -> Outcome:
        """The outcome of an action: a kept one, or (always, where `fresh`) a new one.

        `supply` gives the files of the action's tree that the engine does not have yet, and may be asked for none. `hear` gets
        the log in pieces while it is written (from another thread), where the engine shows it; the outcome has all of it.
        What the outcome names is there to be read.
        """
        encoded = encode(action)
        kept = None if fresh else self.client.look_up(encoded.digest)
        if kept and self._there(kept):
            return kept
        if self._shared and not fresh and (found := self._shared.fetch(encoded, self.client)):
            return found
        outcome = self._make(action, encoded, supply, fresh=fresh or kept is not None, hear=hear)
        if self._shared:
            self._shared.give(encoded, outcome, self.client)
        return outcome

    @property
    def stopped(self) -> Event:
        """Set when we are about to leave."""
        return self.client.stopped

    def stop(self) -> None:
        """End all that runs for us, because we are about to leave."""
        self.client.stop()

    def provide(
        self, root: Digest, supply: Supply, encoded: Encoded | None = None, *, lost: frozenset[Digest] = frozenset()
    ) -> None:
        """Make the engine hold a whole tree (and an action's messages); `lost` is sent whatever the engine says of it."""
        directories, files = self.forest.reach(root)
        blobs: Mapping[Digest, bytes] = encoded.blobs if encoded else {}
        missing = self.client.missing([*directories, *files, *blobs]) | (lost & {*directories, *files, *blobs})
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
        if self._guard:
            self._guard.trust(missing)

    def _there(self, kept: Outcome) -> bool:
        """Is all that a kept outcome names still there, and right?"""
        named = {file.digest for file in kept.outputs.values()} | ({kept.log} if kept.log else set())
        if self.client.missing(named):
            return False
        return not (self._guard and self._heal(self._guard.wrong(named)))

    def _make(self, action: Action, encoded: Encoded, supply: Supply, *, fresh: bool, hear: Hear | None) -> Outcome:
        """Run an action, and once more where the engine lost something of it or showed it something wrong."""
        from headwater.engine.faults import Evicted  # noqa: PLC0415 as in open_engine

        lost, said = frozenset[Digest](), ""
        for _ in range(ATTEMPTS):
            self.provide(action.root, supply, encoded, lost=lost)
            wrong, found = set[Digest](), None
            try:
                with self._watching(action, encoded) as wrong:
                    found = self._execute(action, encoded, fresh=fresh, hear=hear)
            except Evicted as evicted:
                lost, said = evicted.digests, str(evicted)
            except Failure:
                if not wrong:
                    raise
            if self._heal(wrong):
                fresh, said = True, "files in its store were not what their names say"
            elif found:
                return found
        raise fail(Kind.TOOL, f"`{self.client.server.url}` can not run an action", why=f"{said}\naction {encoded.digest.hash}")

    def _watching(self, action: Action, encoded: Encoded) -> AbstractContextManager[set[Digest]]:
        if not self._guard:
            return nullcontext(set())
        seen = [digest for part in self.forest.reach(action.root) for digest in part]
        return self._guard.watching([*seen, *encoded.blobs], self.stopped)

    def _execute(self, action: Action, encoded: Encoded, *, fresh: bool, hear: Hear | None) -> Outcome:
        if not self.home or not (hear or action.limits):
            wants = " ".join(f"{name}={value}" for name, value in sorted(action.platform.items())) or "any platform"
            return self.client.execute(encoded.digest, timeout=action.timeout, fresh=fresh, hear=hear, wants=wants)
        with following(self.home, encoded.digest, hear or _ignore, action.limits) as watch:
            outcome = self.client.execute(encoded.digest, timeout=action.timeout, fresh=fresh)
        met = watch.excess.met if watch.excess else ""
        return msgspec.structs.replace(outcome, memory=watch.memory, free=watch.free, met=met)

    def _heal(self, wrong: Iterable[Digest]) -> bool:
        """Have what went bad on this machine's disk made anew; was there any?"""
        bad = sorted(wrong)
        if bad and self._guard:
            reason = f"{len(bad)} files of its store were not what their names say, such as {bad[0].hash[:16]}; they come anew"
            with step("engine", "damaged content", reason=reason):
                self._guard.drop(bad)
        return bool(bad)


def _ignore(_: bytes) -> None:
    """Hears a log that nobody wants to hear."""


@contextmanager
def open_engine(
    store: Store,
    toolbox: Toolbox,
    *,
    server: Server | None = None,
    sharing: Sharing | None = None,
    jobs: int = JOBS,
    size: str = SIZE,
) -> Iterator[Engine]:
    """The machine's own engine for a store, or the one at `server`; with `sharing` results of others count, too.

    The machine's own runs `jobs` actions at once and keeps `size` (bytes, with K, M, G or T), for all who use it; the first to
    come decides.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it reads this when it is loaded; what goes wrong is told by us, once
    from headwater.engine import casd  # noqa: PLC0415 gRPC takes longer to load than a finished world is told in
    from headwater.engine.client import Client  # noqa: PLC0415 as above
    from headwater.engine.shared import open_shared  # noqa: PLC0415 as above

    with ExitStack() as opened:
        shared = opened.enter_context(open_shared(sharing, store)) if sharing else None
        if server is None:
            channel = opened.enter_context(casd.serve(store, toolbox, max(jobs, JOBS), size))
            yield Engine(Client(channel, patience=casd.AWAY), casd.home_of(store), shared)
            return
        check(server)
        client = Client(opened.enter_context(open_channel(server)), server)
        if not client.greet().execution_capabilities.exec_enabled:
            hint = f"hw --cache {server.url}"
            raise fail(Kind.CONFIG, f"`{server.url}` runs no actions", why="it only keeps results and content", hint=hint)
        yield Engine(client, shared=shared)
