"""Results that a team shares: looked up before an action runs here, given to the others afterwards; no action runs there.

A result is a list of digests, so what it names is checked when it comes. The list itself is the server's word. Where a project
wants more, whoever made a result signs it; the signature lies beside it as the result of another action, which never runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from headwater.digest import canonical_json
from headwater.engine.action import Action, Encoded, encode
from headwater.engine.client import Client
from headwater.engine.faults import Gone
from headwater.engine.model import Digest, File, Outcome, digest_of_bytes
from headwater.engine.server import Sharing, open_channel
from headwater.engine.tree import Forest
from headwater.errors import Failure, Kind
from headwater.progress import step
from headwater.store import Store

PATIENCE = 10.0  # seconds that it may be away; builds go on without it
SIGNATURE = "signature"  # the output of a statement's action
LARGEST = 64 << 10  # bytes of a signature


class Shared:
    """The results of one server. What goes wrong with it stops no build: it is said once, and the rest is done without."""

    def __init__(self, client: Client, sharing: Sharing, store: Store) -> None:
        self._client, self._sharing, self._store = client, sharing, store
        self._reads = self._writes = True
        self._lock = Lock()

    def greet(self) -> None:
        """See what we may do there."""
        try:
            can = self._client.greet()
        except Failure as failure:
            if failure.kind is not Kind.TOOL:
                raise
            self._without(failure)
            return
        why = ""
        if not can.cache_capabilities.action_cache_update_capabilities.update_enabled:
            why = "the server takes no results"
        elif self._sharing.believe and not self._sharing.vouch:
            why = "results must be signed, and this project's key is none of those that are believed"
        if why:
            self._writes = False
            self._say(f"only read: {why}")

    def fetch(self, encoded: Encoded, into: Client) -> Outcome | None:
        """A result that others gave, with its content brought to our engine; None where there is none to believe."""
        if not self._reads:
            return None
        try:
            outcome = self._client.look_up(encoded.digest)
            if not outcome or outcome.code or not outcome.outputs or not self._believed(encoded.digest, outcome):
                return None
            self._carry(outcome, self._client, into)
        except Gone:
            return None  # the result is there, some of its content is not any more
        except Failure as failure:
            self._without(failure)
            return None
        return outcome

    def give(self, encoded: Encoded, outcome: Outcome, source: Client) -> None:
        """Tell others of a result that our engine made."""
        if not self._writes or outcome.code or outcome.timed_out or not outcome.outputs:
            return
        vouch = self._sharing.vouch
        try:
            self._carry(outcome, source, self._client)
            if vouch:
                signature = vouch(statement(encoded.digest, outcome))
                self._put(beside(encoded.digest), {SIGNATURE: signature})
            self._client.upload(encoded.blobs)
            self._client.keep(encoded.digest, outcome)
        except Gone:
            return  # our engine lost it meanwhile
        except Failure as failure:
            self._without(failure, writing=True)

    def _put(self, encoded: Encoded, files: dict[str, bytes]) -> None:
        outputs = {name: File(digest_of_bytes(data)) for name, data in files.items()}
        self._client.upload({**encoded.blobs, **{digest_of_bytes(data): data for data in files.values()}, EMPTY: b""})
        self._client.keep(encoded.digest, Outcome(code=0, outputs=outputs, log=EMPTY))

    def _believed(self, digest: Digest, outcome: Outcome) -> bool:
        believe, why = self._sharing.believe, "nobody signed it"
        if not believe:
            return True
        found = self._client.look_up(beside(digest).digest)
        if found and (file := found.outputs.get(SIGNATURE)):
            if believe(statement(digest, outcome), self._client.read(file.digest, LARGEST)):
                return True
            why = "its signature is not by a key of `results-signed-by`, or over something else"
        self._say(f"a result is not believed, and made anew: {why} (action {digest.hash[:16]})")
        return False

    def _carry(self, outcome: Outcome, source: Client, target: Client) -> None:
        """Bring an outcome's content from one server to another, each checked on its way."""
        log = outcome.log or digest_of_bytes(outcome.log_bytes)
        wanted = target.missing([log, *(file.digest for file in outcome.outputs.values())])
        if outcome.log is None:
            target.upload({log: outcome.log_bytes})
            wanted.discard(log)
        with self._store.scratch("shared") as folder:
            for digest in sorted(wanted):
                source.save(digest, folder / "one")
                target.upload({digest: folder / "one"})

    def _without(self, failure: Failure, *, writing: bool = False) -> None:
        """Go on without; who may not write may still read."""
        problem = failure.problems[0]
        refused = writing and failure.kind is Kind.CONFIG
        with self._lock:
            told = not (self._writes if refused else self._reads)
            self._writes = False
            self._reads = self._reads and refused
        if not told:
            self._say(f"{'only read' if refused else 'done without'}: {problem.what}: {problem.why}")

    def _say(self, reason: str) -> None:
        with step("cache", self._sharing.server.url, reason=reason):
            pass


EMPTY = digest_of_bytes(b"")


def statement(action: Digest, outcome: Outcome) -> bytes:
    """What is signed: that this action gave these outputs and this log. Canonical JSON, made anew by whoever checks it."""
    log = outcome.log or digest_of_bytes(outcome.log_bytes)
    return canonical_json(
        {
            "type": "headwater action result 1",
            "action": [action.hash, action.size],
            "outputs": {path: [file.digest.hash, file.digest.size, file.executable] for path, file in outcome.outputs.items()},
            "log": [log.hash, log.size],
        }
    )


def beside(action: Digest) -> Encoded:
    """The action under whose digest a result's signature lies; nobody runs it."""
    return encode(Action(arguments=("headwater", "signature"), root=Forest().empty, outputs=(SIGNATURE,), salt=action.hash))


@contextmanager
def open_shared(sharing: Sharing, store: Store) -> Iterator[Shared]:
    """The results at a server; where it is not reachable, that is said, and there are none. A wrong setting is a Failure."""
    with open_channel(sharing.server) as channel:
        shared = Shared(Client(channel, sharing.server, patience=PATIENCE), sharing, store)
        shared.greet()
        yield shared
