"""TOML to Project: every layer read, merged, typed and checked; all that is wrong is raised together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headwater.config.check import check_project, check_rule
from headwater.config.findings import Findings
from headwater.config.layers import Layers
from headwater.config.model import Component, Project
from headwater.config.reader import Table
from headwater.config.typed import Builder
from headwater.config.written import ProjectFile
from headwater.errors import Kind, fail

NAMES = ("headwater.toml", "azldev.toml")  # ours goes first where both are


def find_project(start: Path) -> Path:
    """The project file of the nearest folder that has one, going up from `start`."""
    start = start.resolve()
    for folder in (start, *start.parents):
        for name in NAMES:
            if (folder / name).is_file():
                return folder / name
    raise fail(Kind.CONFIG, f"no `{NAMES[0]}` in `{start}` or above", hint="hw init, or hw -C DIR to go to a project")


def load(path: Path, *, config_files: Sequence[Path] = (), user_file: Path | None = None) -> Project:
    """Read the project whose project file (or folder) is `path`; later files win over earlier ones.

    Raises one Failure that holds every problem of all files.
    """
    path = find_project(path) if path.is_dir() else path.resolve()
    findings = Findings()
    builder = Builder(path.parent, findings)
    layers = Layers(path.parent, findings, builder)
    for each in (path, *([user_file] if user_file else []), *config_files):
        layers.add(each.resolve())
    project = _project(layers, builder)
    for rule in builder.sound:
        check_rule(rule, findings)
    check_project(project, {rule.where for rule in builder.sound}, findings)
    findings.settle()
    return project


def _project(layers: Layers, builder: Builder) -> Project:
    components = _components(layers, builder)
    table = Table(layers.merged.where)
    for key, value in layers.merged.items():
        if key != "components":
            table.put(key, value, layers.merged.places[key])
    file = builder.build(ProjectFile, table)
    assert file, "a project file has no required key"
    return Project(
        root=layers.root,
        files=tuple(layers.files),
        project=file.project,
        distros=file.distros,
        components=components,
        toolbox=file.toolbox,
        bridge=file.bridge,
        build_root=file.build_root,
        images=dict(sorted(file.images.items())),
    )


def _components(layers: Layers, builder: Builder) -> dict[str, Component]:
    made = {name: builder.build(Component, table, name=name) for name, table in layers.components().items()}
    return {name: component for name, component in made.items() if component}
