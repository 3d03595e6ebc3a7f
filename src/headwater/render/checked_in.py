"""The rendered tree under review: folders of our own specs, digests of specs that others wrote; written, and compared."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import rtoml

from headwater.config import RENDERED_LOCK
from headwater.config.model import CheckedIn, Project
from headwater.errors import Kind, fail
from headwater.origin import Origin
from headwater.render import alias
from headwater.render.model import RenderedPackage
from headwater.render.tree import folder, read, write
from headwater.store import Store

HEAD = """# Digests of the rendered packages whose specs others wrote: their folders are made by `hw render` and not checked in.
# Written by `hw render`; a change here is a change of what is built.

"""


class _Locked(msgspec.Struct):
    rendered: dict[str, str] = {}


def place_of(project: Project, package: RenderedPackage) -> Path:
    """Where a package's folder belongs: the project where it is checked in, else the output."""
    if is_reviewed(project, package):
        return folder_of(project, package.component)
    return project.output / "specs" / package.component[0].lower() / package.component


def folder_of(project: Project, component: str) -> Path:
    """Where a component's folder is, if it is checked in."""
    return project.root / project.project.rendered_specs_dir / component[0].lower() / component


def is_reviewed(project: Project, package: RenderedPackage) -> bool:
    """Whether the folder itself is checked in, and not only its digest."""
    return project.project.checked_in is CheckedIn.ALL or package.tree.pin.kind == "local"


def write_all(project: Project, packages: Sequence[RenderedPackage], store: Store) -> tuple[str, ...]:
    """Write all folders and the lock; the names of components whose folder or digest changed. What left the project goes."""
    reviewed = {one.component: is_reviewed(project, one) for one in packages}
    with store.lock("rendered"):
        changed = {one.component for one in packages if write(one, place_of(project, one), checked_in=reviewed[one.component])}
        changed |= _write_digests(project, {one.component: one.digest for one in packages if not reviewed[one.component]})
        changed |= set(remove_orphans(project))
    return tuple(sorted(changed))


def write_digests(project: Project, digests: Mapping[str, str], store: Store) -> None:
    """Put the digests of packages whose folders are not checked in into the lock; those of components that are no more go."""
    with store.lock("rendered"):
        _write_digests(project, digests)


def left_over(project: Project) -> list[str]:
    """Components that are no more, of which a folder or a digest is checked in."""
    folders = {alias.original_of(path.name) if path.is_symlink() else path.name for path in orphans(project)}
    return sorted(folders | (read_lock(project).keys() - project.components.keys()))


def _write_digests(project: Project, digests: Mapping[str, str]) -> set[str]:
    before = read_lock(project)
    after = {name: digest for name, digest in before.items() if name in project.components} | dict(digests)
    if after != before:
        _write_lock(project.root / RENDERED_LOCK, after)
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def drift(project: Project, packages: Sequence[RenderedPackage]) -> tuple[tuple[str, str], ...]:
    """What of these differs from what is checked in, each as a sentence and its why; empty when nothing does."""
    lock = read_lock(project)
    return tuple(entry for one in packages for entry in _drift_of(project, one, lock))


def gone(project: Project) -> tuple[tuple[str, str], ...]:
    """What is checked in of components that are no more, told as by `drift`."""
    names = sorted(name for name in read_lock(project) if name not in project.components)
    found = [(f"`{name}` is in {RENDERED_LOCK} but not in the project", "it was removed or renamed") for name in names]
    found += [(f"`{path.name}` is rendered but not in the project", f"found {path}") for path in orphans(project)]
    return tuple(found)


def _drift_of(project: Project, package: RenderedPackage, lock: dict[str, str]) -> list[tuple[str, str]]:
    name = package.component
    if not is_reviewed(project, package):
        locked = lock.get(name, "nothing")
        if locked == package.digest:
            return []
        return [(f"`{name}` drifted from {RENDERED_LOCK}", f"locked is {locked}, rendered now {package.digest}")]
    wanted, there = folder(package, checked_in=True), read(place_of(project, package))
    return [
        (f"`{name}/{file}` drifted from the checked-in tree", _difference(file in there, file in wanted))
        for file in sorted({*wanted, *there})
        if wanted.get(file) != there.get(file)
    ]


def _difference(there: bool, wanted: bool) -> str:  # noqa: FBT001 private, two facts of one kind
    if there and wanted:
        return "its content or mode differs"
    return "it is there but not rendered" if there else "it is rendered but not there"


def orphans(project: Project) -> tuple[Path, ...]:
    """Checked-in folders of components that the project no longer has, and second names of such."""
    root = project.root / project.project.rendered_specs_dir
    return tuple(
        Path(entry.path)
        for letter in sorted(root.glob("?"))
        if letter.is_dir()
        for entry in sorted(os.scandir(letter), key=lambda entry: entry.name)
        if _is_orphan(entry, project)
    )


def _is_orphan(entry: os.DirEntry[str], project: Project) -> bool:
    """Links of other people's are none."""
    if entry.is_symlink():
        return alias.is_alias(Path(entry.path)) and alias.original_of(entry.name) not in project.components
    return entry.is_dir() and entry.name not in project.components


def remove_orphans(project: Project) -> tuple[str, ...]:
    """Have none of them, nor a folder of a letter that held nothing else; their names."""
    found = orphans(project)
    for path in found:
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path)
    for letter in {path.parent for path in found}:
        if not letter.is_symlink() and not any(letter.iterdir()):
            letter.rmdir()
    return tuple(path.name for path in found)


def link_aliases(project: Project, names: Sequence[str]) -> None:
    """Have the second name of each rendered folder that needs one, as azldev has it."""
    for name in names:
        if alias.alias_of(name) and not project.components[name].strict():
            alias.link(folder_of(project, name))


def read_lock(project: Project) -> dict[str, str]:
    """Digests by component name; empty where there is no lock yet."""
    path = project.root / RENDERED_LOCK
    if not path.exists():
        return {}
    try:
        return msgspec.convert(rtoml.loads(path.read_bytes().decode()), _Locked).rendered
    except ValueError as error:  # no TOML, no UTF-8, or something else in it
        what = f"`{RENDERED_LOCK}` can not be read"
        raise fail(Kind.CONFIG, what, where=Origin(file=str(path)), why=str(error), hint="hw render") from None


def _write_lock(path: Path, digests: dict[str, str]) -> None:
    lines = [f'"{name}" = "{digest}"\n' for name, digest in sorted(digests.items())]
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        beside.write_text(HEAD + "[rendered]\n" + "".join(lines))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
