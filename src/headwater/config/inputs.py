"""All that decides what a project makes, as one digest: the project's files, and Headwater itself."""

from __future__ import annotations

import os
from pathlib import Path

import headwater
from headwater.config.model import Project
from headwater.digest import digest_file, digest_of


def inputs_of(project: Project) -> str:
    """Digest of all files of a project but for what is made there, of TOML files outside that it read, and of our code."""
    made = {project.output, project.root / project.project.work_dir, project.root / project.project.log_dir}
    outside = [(str(file), digest_file(file)) for file in project.files if not file.is_relative_to(project.root)]
    ours = Path(headwater.__file__).parent
    return digest_of([_digests(project.root, made, ()), outside, _digests(ours, set(), (".pyc",))])


def _digests(root: Path, leave_out: set[Path], suffixes: tuple[str, ...]) -> list[tuple[str, str]]:
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name for name in folders if Path(folder, name) not in leave_out and name not in {".git", "__pycache__"}
        )
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not name.endswith(suffixes or ("\0",)):
                found.append((str(path.relative_to(root)), digest_file(path)))
    return found
