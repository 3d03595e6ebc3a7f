"""Locks brought up to date: which components moved and why is planned first; then commits are looked up and files written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from headwater.config.model import Component, Project, SpecType
from headwater.errors import Failure, Problem
from headwater.render.inputs import Inputs
from headwater.upstream import Clones, Lock, Upstream, folder_commit, follow, plain_folder, resolve_all, with_ours, write_lock

MOST = 6  # inputs that a reason names


class Stale(msgspec.Struct, frozen=True, kw_only=True):
    """A component whose lock does not say what its settings say. `looks_up` is false where its commit stays what it was."""

    component: str
    lock: Lock | None
    inputs: dict[str, str]
    reason: str
    upstream: Upstream | None = None
    looks_up: bool = False


class Updated(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one: the new lock, or why there is none."""

    component: str
    reason: str
    old: Lock | None = None
    new: Lock | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def commit(self) -> str:
        return self.new.upstream_commit if self.new else ""

    @property
    def previous(self) -> str:
        return self.old.upstream_commit if self.old else ""


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the lock of a component must say, and of all its kin; not `settled` where the answer may change by itself."""

    resolution: str
    settled: bool
    text: str


class Ledger:
    """The locks of a project against its settings."""

    def __init__(self, project: Project, locks: Mapping[str, Lock]) -> None:
        self.project, self.locks = project, locks
        self.inputs = Inputs(project)
        self._wanted: dict[tuple[int, ...], _Wanted] = {}

    def stale(self, names: Sequence[str], *, force: bool = False) -> list[Stale]:
        """Those of the named components that need something, in order."""
        found = (self._look(self.project.components[name], force=force) for name in names)
        return [one for one in found if one]

    def orphans(self) -> list[str]:
        """Locks of components that are no more."""
        return sorted(set(self.locks) - set(self.project.components))

    def _look(self, component: Component, *, force: bool) -> Stale | None:
        """Most locks are as they should be, and most components have much kin: that is seen without looking anything up."""
        lock, wanted = self.locks.get(component.name), self._want(component)
        if lock and wanted.settled and not force and _says(lock, wanted):
            return None
        upstream = self._upstream(component)
        inputs = self.inputs.of(component)
        reason, looks_up = _reason(lock, wanted, upstream, inputs, force=force)
        if not reason:
            return None
        return Stale(component=component.name, lock=lock, inputs=inputs, reason=reason, upstream=upstream, looks_up=looks_up)

    def _want(self, component: Component) -> _Wanted:
        kin = component.kin()
        if kin in self._wanted:
            return self._wanted[kin]
        upstream = self._upstream(component)
        wanted = _Wanted(
            resolution=upstream.resolution if upstream else "",
            settled=not upstream or _is_settled(upstream),
            text=with_ours(Lock(), inputs=self.inputs.of(component), repins={}).ours,
        )
        if upstream:  # of others the files count, and those each has for itself
            self._wanted[kin] = wanted
        return wanted

    def _upstream(self, component: Component) -> Upstream | None:
        return follow(component, self.project.distros) if component.spec.type is SpecType.UPSTREAM else None


def _is_settled(upstream: Upstream) -> bool:
    """Whether the same question always has the same answer: of a plain folder it changes, whatever the moment asked for."""
    return bool(upstream.commit) or bool(upstream.snapshot and not plain_folder(upstream))


def _says(lock: Lock, wanted: _Wanted) -> bool:
    resolved = not wanted.resolution or (lock.resolution_input_hash == wanted.resolution and bool(lock.upstream_commit))
    return resolved and lock.ours.startswith(wanted.text)


def _reason(
    lock: Lock | None, wanted: _Wanted, upstream: Upstream | None, inputs: dict[str, str], *, force: bool
) -> tuple[str, bool]:
    """Why something must be done, and whether the commit must be looked up; no reason where nothing must."""
    if not lock:
        return "new", upstream is not None
    if upstream and force:
        return "asked for", True
    if upstream and not wanted.settled and (news := _news(lock, upstream)):
        return news, True
    if upstream and (lock.resolution_input_hash != upstream.resolution or not lock.upstream_commit):
        return "what decides which commit it is moved", True
    return ("", False) if _says(lock, wanted) else (moved(lock.inputs, inputs), False)


def _news(lock: Lock, upstream: Upstream) -> str:
    """Why the answer may be another by now; empty where it is seen that it is not."""
    now = folder_commit(upstream)
    if now is None:
        return f"it follows the head of `{upstream.branch}`"
    return "" if now == lock.upstream_commit else f"moved: folder {upstream.path}"


def moved(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Which inputs differ, in words."""
    if not old:
        return "its inputs were not recorded yet"
    names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    if not names:
        return "its lock is written otherwise by now"
    return "moved: " + ", ".join(names[:MOST]) + (f" and {len(names) - MOST} more" if len(names) > MOST else "")


def carry_out(plan: Sequence[Stale], clones: Clones, *, jobs: int = 0) -> list[Updated]:
    """Look up every commit that is wanted, and make the new locks; nothing is written. A failure is one component's own."""
    wanted = [one for one in plan if one.looks_up and one.upstream]
    locks = {one.component: msgspec.structs.replace(one.lock, resolution_input_hash="") for one in wanted if one.lock}
    answers = resolve_all([one.upstream for one in wanted if one.upstream], clones, locks, jobs=jobs) if wanted else ()
    found = dict(zip((one.component for one in wanted), answers, strict=True))
    return [_updated(one, found.get(one.component)) for one in plan]


def bump(names: Sequence[str], locks: Mapping[str, Lock]) -> list[Updated]:
    """One more build of the same inputs: the counter of each lock, higher by one."""
    made = []
    for name in names:
        lock = locks[name]
        new = msgspec.structs.replace(lock, manual_bump=lock.manual_bump + 1, input_fingerprint="")
        made.append(Updated(component=name, reason="bumped", old=lock, new=new))
    return made


def save(folder: Path, updates: Sequence[Updated]) -> list[Updated]:
    """Write the new locks; those of which a byte changed."""
    return [one for one in updates if one.new and write_lock(folder, one.component, one.new)]


def _updated(one: Stale, answer: object) -> Updated:
    if isinstance(answer, Failure):
        return Updated(component=one.component, reason=one.reason, old=one.lock, problems=answer.problems)
    old = one.lock or Lock()
    commit = getattr(answer, "commit", old.upstream_commit)
    same = bool(one.lock) and commit == old.upstream_commit and (not old.ours or old.inputs == one.inputs)
    new = msgspec.structs.replace(
        old,
        import_commit=old.import_commit or commit,
        upstream_commit=commit,
        resolution_input_hash=one.upstream.resolution if one.upstream else old.resolution_input_hash,
        input_fingerprint=old.input_fingerprint if same else "",  # azldev's own: it says nothing of what we changed
    )
    repins = old.repins if commit == old.upstream_commit else {}
    return Updated(
        component=one.component, reason=one.reason, old=one.lock, new=with_ours(new, inputs=one.inputs, repins=repins)
    )
