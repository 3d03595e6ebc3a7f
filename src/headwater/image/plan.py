"""What would be made of images and why, before anything is composed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from headwater.config.images import ImageKind, ImageRule, RootKind
from headwater.config.model import Project
from headwater.config.workshop import MACHINE
from headwater.image.accounted import Scripts
from headwater.image.difference import Move, moves
from headwater.image.inputs import choose_own, choose_twins, image_key
from headwater.image.model import Image
from headwater.image.note import NOTE, read_note
from headwater.image.order import made_from
from headwater.image.rootfs import given_files
from headwater.image.scriptlets import Scriptlet, read_scriptlets
from headwater.image.solve import Chosen
from headwater.image.updates import versioned
from headwater.rpm.lock import PackageLock
from headwater.rpm.model import Rpm
from headwater.sign.model import NOBODY, Trust
from headwater.store import Store
from headwater.toolbox.model import Toolbox


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is done to the image beside putting packages into it; `where` is the line that asks for it."""

    what: str
    name: str
    reason: str
    where: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One image before it is made. `status` says what has to be done for it:

    `made` (nothing: it is there), `kept` (laid out from the store), `moved` (it was made, and an input moved since) or `new`.
    `moved` are the packages that are not those of the image that lies in its place.
    """

    name: str
    kind: str
    formats: tuple[str, ...]
    status: str
    reason: str
    packages: tuple[Chosen, ...] = ()
    details: tuple[Detail, ...] = ()
    moved: tuple[Move, ...] = ()


def plan_images(
    rules: Sequence[ImageRule],
    *,
    project: Project,
    packages: Sequence[Rpm],
    toolbox: Toolbox,
    store: Store,
    output: Path,
    lock: PackageLock | None = None,
    scripts: Scripts | None = None,
    trust: Trust = NOBODY,
) -> tuple[Plan, ...]:
    """A plan for each image, in the order given, in which what others are made from comes first; `output` is where images lie.

    `scripts` reads what packages would run when they are installed; without it a plan is silent about that.

    Errors: Failure(IMAGE) as `choose` raises it.
    """
    keys: dict[str, str] = {}
    held: dict[str, list[Rpm]] = {}
    plans = []
    for rule in rules:
        if rule.kind is ImageKind.UNSET:
            plans.append(_elsewhere(rule))
            continue
        below = [rpm for name in made_from(rule)[:1] for rpm in held[name]]
        chosen = choose_own(rule, below, packages, toolbox, store, lock)
        rpms = held[rule.name] = [one.rpm for one in chosen]
        twins = choose_twins(rule, packages, toolbox, store)
        earlier = [keys[name] for name in made_from(rule)]
        keys[rule.name] = image_key(versioned(rule, project), project, rpms, earlier, toolbox, twins, trust)
        kept = store.get("image", keys[rule.name]) is not None
        last = read_note(output / rule.name / NOTE)
        found = read_scriptlets(rule, project.bridge, rpms, scripts.read(rpms)) if scripts else ()
        plans.append(plan_image(rule, chosen, keys[rule.name], kept=kept, last=last, scriptlets=found))
    return tuple(plans)


def plan_image(
    rule: ImageRule,
    chosen: Sequence[Chosen],
    key: str,
    *,
    kept: bool,
    last: Image | None,
    scriptlets: Sequence[Scriptlet] = (),
) -> Plan:
    """The plan of an image from what is known: its packages, its key, whether the store has it, and what lies in its place."""
    moved = moves(last.packages, [one.rpm for one in chosen]) if last else ()
    status, reason = _status(key, moved, kept=kept, last=last)
    return Plan(
        name=rule.name,
        kind=rule.kind.value,
        formats=_formats(rule),
        status=status,
        reason=reason,
        packages=tuple(chosen),
        details=(*_details(rule), *map(_instead, scriptlets)),
        moved=moved,
    )


def _instead(one: Scriptlet) -> Detail:
    """A scriptlet that will not run, and who does what it would have done."""
    name = f"{one.package} {one.deed.value} ({', '.join(one.words)})"
    return Detail(what="scriptlet", name=name, reason=one.by or "nobody does it", where=str(one.where or ""))


def _elsewhere(rule: ImageRule) -> Plan:
    kind = (rule.definition.type if rule.definition else "") or "kiwi"
    return Plan(name=rule.name, kind=kind, formats=(), status="new", reason=f"{kind} builds it, as its own description says")


def _status(key: str, moved: Sequence[Move], *, kept: bool, last: Image | None) -> tuple[str, str]:
    if last and last.key == key:
        return "made", "made before, and nothing moved since"
    if kept:
        return "kept", "made before, and comes from the store"
    if last is None:
        return "new", "never made here"
    if not moved:
        return "moved", "its packages are the same; its table, images it is made from, the toolbox or Headwater itself moved"
    return "moved", f"{len(moved)} {'package' if len(moved) == 1 else 'packages'} moved: {_few(moved)}"


def _few(moved: Sequence[Move]) -> str:
    return ", ".join(str(move) for move in moved[:3]) + (f" and {len(moved) - 3} more" if len(moved) > 3 else "")


def _formats(rule: ImageRule) -> tuple[str, ...]:
    match rule.kind:
        case ImageKind.DISK:
            sealed = ("erofs", "verity") if rule.disk.root is RootKind.VERITY else ()
            secure = ("vars",) if rule.disk.secure_boot else ()
            return tuple(sorted({"raw", "uki", *sealed, *secure, *rule.disk.formats}))
        case ImageKind.INITRD:
            return ("cpio",)
        case ImageKind.ISO:
            return ("iso", "uki")
        case ImageKind.EXTENSION:
            return ("raw",)
        case _:
            return (rule.kind.value,)


def _details(rule: ImageRule) -> Iterator[Detail]:
    """All that the table asks for beside packages, in the order in which it is done."""
    for what, found in (("exclude", [(", ".join(one.names), one) for one in rule.exclude]),
                        ("remove", [(path, one) for one in rule.remove for path in one.paths]),
                        ("file", [(one.path, one) for one in given_files(rule)]),
                        ("user", [(one.name, one) for one in rule.users]),
                        ("finisher", [(one.name, one) for one in rule.finishers])):  # fmt: skip
        yield from (Detail(what=what, name=name, reason=one.reason, where=str(one.where or "")) for name, one in found)
    where = str(rule.where or "")
    others = [each for each in rule.architectures if each != MACHINE]
    yield from (
        Detail(what="twin", name=each, reason="made for these machines too, and never run", where=where) for each in others
    )
    yield from (Detail(what="unit", name=name, reason="enabled, as the image names it", where=where) for name in rule.units)
    if rule.kind is ImageKind.DISK:
        yield Detail(what="initrd", name=rule.disk.initrd, reason="finds the disk's root file system", where=where)
    if rule.kind is ImageKind.EXTENSION:
        yield Detail(what="of", name=rule.extension.of, reason="laid over it while it runs", where=where)
    yield from (Detail(what="install", name=name, reason="the medium installs it", where=where) for name in rule.iso.installs)
    for check in rule.checks:
        yield Detail(what="check", name=check.name, reason=check.reason, where=str(check.where or ""))
