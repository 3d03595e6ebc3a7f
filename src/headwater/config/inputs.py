"""All that decides what a project makes: its files and Headwater itself, by digest, as they were at a moment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import headwater
from headwater.config.model import Project
from headwater.digest import digest_file, digest_of

RENDERED_LOCK = "rendered.lock"  # beside the project's file: digests of rendered folders that are not checked in

Inputs = Mapping[str, str]  # digests by path


def inputs_of(project: Project) -> dict[str, str]:
    """All files of a project but for what is made there, TOML files outside that it read, and our code, as they are now.

    A run that is to say what it was made from takes this before it reads the project: what changes later was not in it.
    """
    made = {project.output, project.root / project.project.work_dir, project.root / project.project.log_dir}
    outside = {str(file): digest_file(file) for file in project.files if not file.is_relative_to(project.root)}
    ours = Path(headwater.__file__).parent
    return {**outside, **dict(_digests(project.root, made)), **dict(_digests(ours, set(), ".pyc"))}


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


def _digests(root: Path, leave_out: set[Path], suffix: str = "\0") -> Iterator[tuple[str, str]]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name for name in folders if Path(folder, name) not in leave_out and name not in {".git", "__pycache__"}
        )
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not name.endswith(suffix):
                with suppress(FileNotFoundError):  # an editor's own, that came and went
                    yield str(path), digest_file(path)
