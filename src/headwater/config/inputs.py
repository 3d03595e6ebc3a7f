"""All that decides what a project makes: its files, by digest, and Headwater itself, as they were at a moment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import headwater
from headwater.config.model import Project
from headwater.digest import digest_bytes, digest_file, digest_of
from headwater.sparse import CHUNK

RENDERED_LOCK = "rendered.lock"  # beside the project's file: digests of rendered folders that are not checked in

SKIPPED = frozenset({".git", "__pycache__"})
MOMENT = 100_000_000  # ns; clocks of file systems tick every 4 ms, or 10
LINK = "a link to a folder, in which nothing was looked at"

Take = Callable[[str, os.stat_result], str]
Inputs = Mapping[str, str]  # digests by path; of our own code what Python knows it by


def inputs_of(project: Project) -> dict[str, str]:
    """All files of a project but for what is made there, TOML files outside that it read, and our code, as they are now.

    A run that is to say what it was made from takes this before it reads the project: what changes later was not in it.
    """
    made = {str(path) for path in _made(project)}
    outside = {str(file): digest_file(file) for file in project.files if not file.is_relative_to(project.root)}
    return {**outside, **dict(_digests(str(project.root), made, _known)), **_ours(str(Path(headwater.__file__).parent))}


def ground_of(project: Project, inputs: Inputs, tables: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """The identity of inputs without what only images are made from; empty where a link leads to a folder that was not read.

    `tables` are the TOML files as they were read (`Reading.tables`): they count by what they say, and what they say of images
    does not count; nor does the images' lock.
    """
    if LINK in inputs.values():
        return ""
    apart = {str(path) for path in (*project.files, project.root / project.project.image_lock)}
    others = {path: digest for path, digest in inputs.items() if path not in apart}
    said = [(name, {key: value for key, value in table.items() if key != "images"}) for name, table in tables]
    return digest_of([others, [(name, table) for name, table in said if table]])


def stays_inside(project: Project) -> bool:
    """Whether no path that the project names leaves it, but for where things are made: what is elsewhere has no digest here."""
    made = {*_made(project), project.root / project.project.rendered_specs_dir}
    return made.issuperset(project.outside)


def _made(project: Project) -> tuple[Path, ...]:
    return project.output, project.root / project.project.work_dir, project.root / project.project.log_dir


def unmoved(project: Project, before: Inputs, rendered: Inputs | None = None) -> str:
    """The identity of a project's inputs as they are now; empty where a run that began with `before` may not have seen them.

    What a run writes into the project itself counts as seen: keys at any time, and up to `rendered` the rendered folders.
    """
    now, keys = inputs_of(project), project.keys
    written = (keys, project.root / project.project.rendered_specs_dir, project.root / RENDERED_LOCK)
    between = [(before, now, (keys,))] if rendered is None else [(before, rendered, written), (rendered, now, (keys,))]
    return digest_of(now) if all(_same(old, new, but) for old, new, but in between) else ""


def _same(old: Inputs, new: Inputs, but: tuple[Path, ...]) -> bool:
    moved = {path for path in {*old, *new} if old.get(path) != new.get(path)}
    return all(any(Path(path).is_relative_to(one) for one in but) for path in moved)


@cache
def _ours(folder: str) -> dict[str, str]:
    """Our own code as this process began with it, by what Python itself goes by: size and times of each file.

    Where it changes meanwhile, its times never become the old ones again.
    """
    return dict(_digests(folder, set(), lambda _, told: f"{told.st_size} {told.st_mtime_ns} {told.st_ctime_ns}"))


def _digests(root: str, leave_out: set[str], take: Take) -> Iterator[tuple[str, str]]:
    """Of all files below `root`; of a link to a folder LINK. Paths are text: this is done each time an image is asked for."""
    folders = [root]
    while folders:
        with os.scandir(folders.pop()) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            if entry.name in SKIPPED or entry.path in leave_out:
                continue
            if entry.is_file():
                with suppress(FileNotFoundError):  # an editor's own, that came and went
                    yield entry.path, take(entry.path, entry.stat())
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif entry.is_dir():
                yield entry.path, LINK


def _known(path: str, told: os.stat_result) -> str:
    """The digest of a file; one that this process read before, and that nobody touched since, is not read again.

    What was touched a moment before it was read may be touched in the same moment after it, and show nothing: that counts anew.
    """
    mark = (told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)
    if path in _READ and _READ[path][0] == mark:
        return _READ[path][1]
    settled = time.time_ns() - told.st_ctime_ns > MOMENT
    digest = _digest(path, told.st_size)
    if settled:
        _READ[path] = (mark, digest)
    return digest


_READ: dict[str, tuple[tuple[int, ...], str]] = {}


def _digest(path: str, size: int) -> str:
    """Of a file of so many bytes, with no call and no memory more than needed: this is done hundreds of times."""
    if size > CHUNK:
        return digest_file(Path(path))
    file = os.open(path, os.O_RDONLY)
    try:
        content = os.read(file, size + 1)
    finally:
        os.close(file)
    return digest_bytes(content) if len(content) == size else digest_file(Path(path))  # which grew or shrank meanwhile
