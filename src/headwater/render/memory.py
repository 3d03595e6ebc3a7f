"""What was rendered before, from which inputs, and how its files looked then: a tree where nothing moved is known at once.

Kept in the store, for each project. Like git's index it knows a file by size, time and mode. What is written is looked at only
after a pause that is longer than a clock's tick, so that a later edit cannot have the same time.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from headwater.config.model import Component, Project, SpecType
from headwater.digest import digest_of
from headwater.errors import Failure
from headwater.render.history import ProjectHistory
from headwater.render.inputs import Inputs
from headwater.render.refresh import moved
from headwater.render.revisions import Revisions
from headwater.store import Store
from headwater.upstream import Lock

KIND = "rendered"
PAUSE = 0.03  # seconds: some ticks of a kernel's clock
SECOND = 1_000_000_000  # nanoseconds; times of a file system that keeps no parts of one say too little

Seen = dict[str, tuple[int, int, int]]  # file -> size, time of change in nanoseconds, mode


class Known(msgspec.Struct, frozen=True, array_like=True):
    """One component as it was rendered: all that went into it, the digest of what came out, its files."""

    inputs: dict[str, str]
    commit: str
    bump: int
    history: str
    digest: str
    place: str
    seen: Seen


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    head: str
    known: dict[str, Known]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A component to be rendered, and why."""

    component: str
    reason: str


class Memory:
    """Opened before the work and saved after it; what is remembered meanwhile is lost where the process is killed."""

    def __init__(self, project: Project, store: Store, locks: Mapping[str, Lock]) -> None:
        self.project, self.store, self.locks = project, store, locks
        self.inputs = Inputs(project)
        self.key = digest_of([KIND, *_places(project)])
        kept = _load(store, self.key)
        self.known, self.head = dict(kept.known), _head(project)
        self.before = kept
        self._history = None if self.head and self.head == kept.head else ProjectHistory(project)

    def plan(self, names: Sequence[str], *, force: bool = False) -> list[Task]:
        """Those of the named components that must be rendered, in order."""
        reasons = ((name, "asked for" if force else self._reason(self.project.components[name])) for name in names)
        return [Task(component=name, reason=reason) for name, reason in reasons if reason]

    def remember(self, component: Component, digest: str, place: Path, written: int) -> None:
        """Its folder was whole and right at a moment (Unix nanoseconds), a PAUSE ago; not if somebody touched it since."""
        seen = look(place)
        if any(changed > written or changed % SECOND == 0 for _, changed, _ in seen.values()):
            self.forget(component.name)
            return
        lock = self.locks.get(component.name)
        self.known[component.name] = Known(
            inputs=self.inputs.of(component),
            commit=lock.upstream_commit if lock else "",
            bump=lock.manual_bump if lock else 0,
            history=self._mark(component.name),
            digest=digest,
            place=str(place),
            seen=seen,
        )

    def forget(self, name: str) -> None:
        self.known.pop(name, None)

    def save(self) -> None:
        """Keep all of it, where it is more or other than before; of components that are no more nothing."""
        if self.known == self.before.known and (self.head == self.before.head or not self.known):
            return
        known = {name: one for name, one in self.known.items() if name in self.project.components}
        data = msgspec.msgpack.encode(_Kept(self.head, known))
        self.store.put(KIND, self.key, {"known": data})

    def _reason(self, component: Component) -> str:
        known = self.known.get(component.name)
        if not known:
            return "not rendered here before"
        if reason := _reason_of_lock(component, known, self.locks.get(component.name)):
            return reason
        if known.inputs != (inputs := self.inputs.of(component)):
            return moved(known.inputs, inputs)
        if known.history != self._mark(component.name):
            return "the project's own history of it moved"
        return "" if look(Path(known.place)) == known.seen else "its folder was changed"

    def _mark(self, name: str) -> str:
        """What the history says; as long as the last commit is the same it says the same."""
        if self._history is None:
            known = self.known.get(name)
            return known.history if known else self._read().get(name, "")
        return self._read().get(name, "")

    def _read(self) -> dict[str, str]:
        if self._history is None:
            self._history = ProjectHistory(self.project)
        return self._history.marks


def _reason_of_lock(component: Component, known: Known, lock: Lock | None) -> str:
    pin = component.spec.upstream_commit.lower()
    if pin and lock and not lock.upstream_commit.startswith(pin):
        return "its lock is stale"
    if component.spec.type is SpecType.UPSTREAM and not (pin or lock):
        return "nothing locks what it is made from"
    if known.commit != (lock.upstream_commit if lock else ""):
        return "upstream moved"
    return "bumped" if known.bump != (lock.manual_bump if lock else 0) else ""


def look(place: Path) -> Seen:
    """How the files of a folder look; nothing where there is no folder."""
    found = Seen()
    for folder, _, names in os.walk(place):
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118 tens of thousands of them
            status = os.lstat(path)
            found[path] = (status.st_size, status.st_mtime_ns, status.st_mode)
    return found


def _load(store: Store, key: str) -> _Kept:
    result = store.use(KIND, key)
    try:
        return msgspec.msgpack.decode(store.read(result.outputs["known"].digest), type=_Kept) if result else _Kept("", {})
    except (msgspec.DecodeError, Failure):
        return _Kept("", {})


def _places(project: Project) -> tuple[str, ...]:
    """Where folders are rendered to: another place is another tree, of which nothing is known yet."""
    root = project.root.resolve()
    return str(root), str(root / project.project.rendered_specs_dir), str(project.output), project.project.checked_in.value


def _head(project: Project) -> str:
    """The last commit; empty where there is no repository."""
    try:
        return Revisions(project.root).commit("HEAD")
    except Failure:
        return ""
