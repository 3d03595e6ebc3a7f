"""Which commit of upstream's a component is made from: the lock's, the pin, the last before the snapshot, the branch's head."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from headwater.errors import Failure, Kind, fail
from headwater.progress import step
from headwater.upstream import hosts, objects
from headwater.upstream.folder import plain_folder, read_folder
from headwater.upstream.git import WHOLE, Clones
from headwater.upstream.hosts import Refused
from headwater.upstream.lock import Lock
from headwater.upstream.model import Resolution, Upstream


def resolve(upstream: Upstream, clones: Clones, lock: Lock | None = None) -> Resolution:
    """The commit that the project asks for now.

    A lock counts as long as all that decides is as it was when the lock was written, and the answer can not change by itself
    (a branch's head can). A whole pin is not looked up here: whoever reads it does. Raises Failure(SOURCE).
    """
    settled = bool(upstream.commit or upstream.snapshot)
    if settled and lock and lock.upstream_commit and lock.resolution_input_hash == upstream.resolution:
        return _found(upstream, lock.upstream_commit, "locked")
    if len(upstream.commit) >= WHOLE:
        return _found(upstream, upstream.commit, "pinned")
    try:
        if upstream.commit:
            return _found(upstream, clones.open(upstream.url).full(upstream.commit, upstream.branch), "pinned")
        return _look_up(upstream, clones)
    except Refused as refusal:
        raise unreadable(upstream, refusal) from None


def locked(upstream: Upstream, clones: Clones, lock: Lock | None) -> Resolution:
    """The commit to use: the lock's whatever it was made from, as long as it does not contradict the pin; else as `resolve`."""
    if not (lock and lock.upstream_commit):
        return resolve(upstream, clones)
    if upstream.commit and not _same(upstream.commit, lock.upstream_commit):
        raise fail(
            Kind.SOURCE,
            f"the lock of `{upstream.component}` is stale",
            where=upstream.where,
            why=f"spec.upstream-commit is `{upstream.commit}`, the lock has `{lock.upstream_commit}`",
            hint=f"hw update {upstream.component}",
        )
    return _found(upstream, lock.upstream_commit, "locked")


def resolve_all(
    upstreams: Sequence[Upstream], clones: Clones, locks: Mapping[str, Lock], *, jobs: int = 0
) -> tuple[Resolution | Failure, ...]:
    """An answer for each, in order: a commit, or why there is none. `jobs` servers are asked at a time (0: 4 for each core).

    Nothing is asked twice in a run, so a run that was cut or that failed in part is simply started again.
    """
    with step("resolve", f"{len(upstreams)} components") as work:
        near = {number: one for number, one in enumerate(upstreams) if one.url.startswith("file:")}
        far = {number: one for number, one in enumerate(upstreams) if number not in near}
        found: dict[int, Resolution | Failure] = {}
        for number, answer in _answers(near, far, clones, locks, jobs or 4 * (os.cpu_count() or 1)):
            found[number] = answer
            work.note(upstreams[number].component, current=len(found), total=len(upstreams))
    return tuple(found[number] for number in range(len(upstreams)))


def _answers(
    near: Mapping[int, Upstream], far: Mapping[int, Upstream], clones: Clones, locks: Mapping[str, Lock], jobs: int
) -> Iterator[tuple[int, Resolution | Failure]]:
    """Servers are asked side by side; what is on this machine is read meanwhile, faster than threads could be told to."""
    with ThreadPoolExecutor(jobs) as pool:
        try:
            asked = {number: pool.submit(_answer, one, clones, locks.get(one.component)) for number, one in far.items()}
            for number, one in near.items():
                yield number, _answer(one, clones, locks.get(one.component))
            for number, future in asked.items():
                yield number, future.result()
        except BaseException:
            hosts.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _answer(upstream: Upstream, clones: Clones, lock: Lock | None) -> Resolution | Failure:
    try:
        return resolve(upstream, clones, lock)
    except Failure as failure:
        return failure


def _look_up(upstream: Upstream, clones: Clones) -> Resolution:
    if root := plain_folder(upstream):
        return _found(upstream, read_folder(root, upstream.path).commit, "the folder as it is")
    repository = clones.open(upstream.url)
    if upstream.snapshot:
        moment = datetime.fromisoformat(upstream.snapshot).timestamp()
        return _found(upstream, repository.before(upstream.branch, moment), f"the last before {upstream.snapshot}")
    return _found(upstream, repository.head(upstream.branch), f"the head of `{upstream.branch}`")


def unreadable(upstream: Upstream, refusal: Refused) -> Failure:
    """A component's upstream does not give what was asked for."""
    hint = f"git ls-remote {upstream.url}"
    if isinstance(refusal, objects.Missing):
        pinned = f"correct components.{upstream.component}.spec.upstream-commit"
        hint = pinned if upstream.commit else f"hw update {upstream.component}"
    what = f"`{upstream.component}` could not be taken from `{upstream.url}`"
    return fail(Kind.SOURCE, what, where=upstream.where, why=str(refusal), hint=hint)


def _found(upstream: Upstream, commit: str, why: str) -> Resolution:
    return Resolution(component=upstream.component, commit=commit, why=why)


def _same(pin: str, commit: str) -> bool:
    return commit.lower().startswith(pin.lower()) or pin.lower().startswith(commit.lower())
