"""Signatures inside packages: made and checked by rpm itself, many packages in few processes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from headwater.digest import digest_of
from headwater.errors import Failure, Kind, Problem
from headwater.progress import step
from headwater.rpm.model import Rpm
from headwater.sign.detached import when
from headwater.sign.key import SQ
from headwater.sign.model import Key
from headwater.store import Blob, Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

T = TypeVar("T")
VERSION = 1  # of what signing and checking mean
BATCH = 40  # packages per process: little is lost when the work is cut
PROCESSES = 2
LIMIT = 600  # seconds for one batch
PLACE = "/tmp/rpms"  # noqa: S108 in the sandbox, on its own tmpfs
# The keyring is made from our certificate alone, so `all` means: digests, and a signature of ours.
CHECK = 'rpmkeys --dbpath /tmp/db --import /tmp/key && rpmkeys --dbpath /tmp/db -D "_pkgverify_level all" "$@"'
GOOD = "digests signatures OK"


def sign_packages(rpms: Sequence[Rpm], key: Key, toolbox: Toolbox, store: Store) -> tuple[Rpm, ...]:
    """The same packages, signed, in the same order; `payload` keeps the digest of the unsigned file.

    What was signed before comes from the store, so that a package keeps its bytes although each signature has a random salt.
    """
    with step("sign", f"{len(rpms)} packages", reason=f"by {key.fingerprint}") as work, store.lock(f"sign-{key.fingerprint}"):
        missing = {rpm.payload or rpm.digest: rpm for rpm in rpms if not store.use("signed", _identity(rpm, key))}
        if not missing:
            work.cached()
        batches = list(_batches(sorted(missing.values())))
        for done, _ in enumerate(_side_by_side(lambda batch: _sign(batch, key, toolbox, store), batches), start=1):
            work.note("signed", current=min(done * BATCH, len(missing)), total=len(missing))
        return tuple(_signed(rpm, key, store) for rpm in rpms)


def check_packages(rpms: Sequence[Rpm], key: Key, toolbox: Toolbox, store: Store) -> None:
    """Raise Failure(SIGNATURE) naming every package without a good signature of this key.

    A good answer is remembered by the file's digest. That a file still has its digest the store sees when it hands it out, to
    whoever unpacks or publishes it; what was unpacked before is known by that digest, and needs no second look at the file.
    """
    with step("check signatures", f"{len(rpms)} packages", reason=f"by {key.fingerprint}") as work:
        missing = [rpm for rpm in sorted(set(rpms)) if not store.use("checked", _checked(rpm, key))]
        if not missing:
            work.cached()
        found = _side_by_side(lambda batch: _check(batch, key, toolbox, store), list(_batches(missing, 200)))
        problems = [problem for some in found for problem in some]
        if problems:
            raise Failure(problems)


def _side_by_side(work: Callable[[Sequence[Rpm]], T], batches: Sequence[Sequence[Rpm]]) -> Iterator[T]:
    if batches:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 it loads a logger, and often nothing is left to do

        with ThreadPoolExecutor(PROCESSES) as pool:
            yield from pool.map(work, batches)


def _sign(batch: Sequence[Rpm], key: Key, toolbox: Toolbox, store: Store) -> None:
    with store.scratch("sign") as folder:
        (folder / "rpms").mkdir()
        (folder / "macros").write_text(_macros(key))
        for rpm in batch:
            copy = folder / "rpms" / _name(rpm.payload or rpm.digest)
            shutil.copyfile(store.path(rpm.payload or rpm.digest), copy)
        binds = [
            sandbox.Bind(source=folder / "rpms", target=PLACE, writable=True),
            sandbox.Bind(source=folder / "macros", target="/tmp/macros"),  # noqa: S108 the sandbox's own tmpfs
            sandbox.Bind(source=key.secret, target="/tmp/key"),  # noqa: S108 the sandbox's own tmpfs
        ]
        # --resign, because a package that another signed before us carries our signature alone.
        words = ["rpmsign", "--load", "/tmp/macros", "--resign", *(f"{PLACE}/{_name(r.payload or r.digest)}" for r in batch)]  # noqa: S108
        sandbox.run(toolbox, words, binds=binds, timeout=LIMIT, kind=Kind.SIGNATURE, what="packages could not be signed")
        for rpm in batch:
            unsigned = rpm.payload or rpm.digest
            blob = store.add_file(folder / "rpms" / _name(unsigned), move=True)
            store.put("signed", _identity(rpm, key), {"rpm": blob}, inputs={"payload": unsigned})


def _macros(key: Key) -> str:
    """How rpmsign calls sq: with our file alone, no key server, and the time that all signatures of the key bear."""
    sign = f"{' '.join(SQ)} --time {when(key)} sign --signer-file /tmp/key --binary"
    return (
        "%_openpgp_sign sq\n"
        f"%_openpgp_sign_id {key.signer}\n"
        f"%__sq_sign_cmd() {sign} --signature-file %{{shescape:%{{2}}}} -- %{{shescape:%{{1}}}}\n"
    )


def _signed(rpm: Rpm, key: Key, store: Store) -> Rpm:
    result = store.use("signed", _identity(rpm, key))
    assert result, f"{rpm.nevra} was just signed"
    blob: Blob = result.outputs["rpm"]
    return msgspec.structs.replace(rpm, digest=blob.digest, size=blob.size, payload=rpm.payload or rpm.digest)


def _check(batch: Sequence[Rpm], key: Key, toolbox: Toolbox, store: Store) -> list[Problem]:
    said = _ask("-K", batch, key, toolbox, store)
    good = {line.partition(": ")[0] for line in said.splitlines() if line.partition(": ")[2] == GOOD}
    bad = [rpm for rpm in batch if f"{PLACE}/{_name(rpm.digest)}" not in good]
    for rpm in batch:
        if rpm not in bad:
            store.put("checked", _checked(rpm, key), {}, inputs={"rpm": rpm.digest})
    return [_problem(rpm, key, _ask("-Kv", [rpm], key, toolbox, store)) for rpm in bad]


def _ask(option: str, rpms: Sequence[Rpm], key: Key, toolbox: Toolbox, store: Store) -> str:
    with store.scratch("check") as folder:
        (folder / "rpms").mkdir()
        (folder / "key").write_bytes(key.public)
        for rpm in rpms:
            _link(store.path(rpm.digest), folder / "rpms" / _name(rpm.digest))
        binds = [
            sandbox.Bind(source=folder / "rpms", target=PLACE),
            sandbox.Bind(source=folder / "key", target="/tmp/key"),  # noqa: S108 the sandbox's own tmpfs
        ]
        words = ["sh", "-c", CHECK, "rpmkeys", option, *(f"{PLACE}/{_name(rpm.digest)}" for rpm in rpms)]
        result = sandbox.run(toolbox, words, binds=binds, timeout=LIMIT, accept=range(256), kind=Kind.SIGNATURE)
        return result.text + result.stderr.decode(errors="replace")


def _problem(rpm: Rpm, key: Key, said: str) -> Problem:
    return Problem(
        kind=Kind.SIGNATURE,
        what=f"`{rpm.nevra}` has no good signature of this project",
        why=f"expected one by {key.fingerprint}, found: {_finding(said)}",
        hint="take the package from its source again: hw store verify, then hw world",
    )


def _finding(said: str) -> str:
    """What rpmkeys found wrong, one clause for each kind of fault, without digests in full."""
    lines = [line.strip() for line in said.splitlines()]
    faults = [line.partition(" (Expected")[0] for line in lines if not line.endswith((": OK", ".rpm:", "NOTFOUND"))]
    return "; ".join(fault.removeprefix(f"{PLACE}/") for fault in faults if fault) or "no signature"


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a store of another owner: the kernel protects its hard links
        shutil.copyfile(source, target)


def _batches(rpms: Sequence[Rpm], size: int = BATCH) -> Iterator[Sequence[Rpm]]:
    return (rpms[start : start + size] for start in range(0, len(rpms), size))


def _name(digest: str) -> str:
    return f"{digest}.rpm"


def _identity(rpm: Rpm, key: Key) -> str:
    return digest_of({"version": VERSION, "payload": rpm.payload or rpm.digest, "key": key.fingerprint})


def _checked(rpm: Rpm, key: Key) -> str:
    return digest_of({"version": VERSION, "rpm": rpm.digest, "key": key.fingerprint})
