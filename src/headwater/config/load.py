"""TOML to Project: every layer read, merged, typed and checked; all that is wrong is raised together."""

from __future__ import annotations

from pathlib import Path

import msgspec

from headwater.config.check import check_project, check_rule
from headwater.config.dialect import Dialect
from headwater.config.findings import Findings
from headwater.config.inherit import Heirs
from headwater.config.layers import Layers
from headwater.config.model import Component, Project
from headwater.config.reader import Table
from headwater.config.typed import Builder
from headwater.config.written import ProjectFile
from headwater.errors import Kind, Problem, fail

NAMES = ("headwater.toml", "azldev.toml")  # ours goes first where both are


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What a user says about reading a project: more files (later ones win), the user's own file, and how strict to be."""

    config_files: tuple[Path, ...] = ()
    user_file: Path | None = None
    defaults: bool = True
    permissive: bool = False


def find_project(start: Path) -> Path:
    """The project file of the nearest folder that has one, going up from `start`."""
    start = start.resolve()
    for folder in (start, *start.parents):
        for name in NAMES:
            if (folder / name).is_file():
                return folder / name
    raise fail(Kind.CONFIG, f"no `{NAMES[0]}` in `{start}` or above", hint="hw -C DIR, with the folder of a project")


def load(path: Path, given: Given = Given(), *, places: bool = True) -> Project:
    """Read the project whose project file (or folder) is `path`.

    Without `places` origins name file and key but no line, which `config.locate` finds later. Raises one Failure that holds
    every problem of all files.
    """
    return read_project(path, given, places=places).project


class Reading:
    """A project as it was read: the merged tables of its files, and what was made of them.

    `file` is all files as one, before components inherit; `warnings` are the problems that --permissive-config forgives.
    """

    def __init__(self, heirs: Heirs, file: ProjectFile, project: Project, warnings: tuple[Problem, ...]) -> None:
        self.layers, self.heirs, self.file, self.project, self.warnings = heirs.layers, heirs, file, project, warnings

    def own(self, name: str) -> Component:
        """A component as written, without what it inherits."""
        builder = Builder(self.layers.root, Findings(), self.layers.builder.dialect, places=False)
        component = builder.build(Component, self.heirs.own[name], name=name)
        assert component, "no key of a component is required"
        return component


def read_project(path: Path, given: Given = Given(), *, places: bool = True) -> Reading:
    """`load`, with the tables from which it was made."""
    path = find_project(path) if path.is_dir() else path.resolve()
    findings = Findings()
    dialect = Dialect(azldev=path.name == NAMES[1], permissive=given.permissive)
    builder = Builder(path.parent, findings, dialect, places=places)
    layers = Layers(path.parent, findings, builder, defaults=given.defaults)
    for each in (path, *([given.user_file] if given.user_file else []), *given.config_files):
        layers.add(each.resolve())
    heirs = Heirs(layers)
    file = _file(layers)
    project = _project(layers, heirs, file)
    for rule in builder.sound:
        check_rule(rule, findings)
    check_project(project, dialect, heirs.sound, {rule.where for rule in builder.sound}, findings)
    if not given.permissive:
        findings.settle()
    return Reading(heirs, file, project, tuple(findings.problems))


def _file(layers: Layers) -> ProjectFile:
    """All files as one, without components: those have a way of their own."""
    table = Table(layers.merged.spot)
    for key, value in layers.merged.items():
        if key != "components":
            table.put(key, value, layers.merged.at(key))
    file = layers.builder.build(ProjectFile, table)
    assert file, "a project file has no required key"
    return file


def _project(layers: Layers, heirs: Heirs, file: ProjectFile) -> Project:
    components = heirs.components()
    taken = {field: getattr(file, field) for field in Project.__struct_fields__ if hasattr(file, field)}
    return Project(**taken | {"root": layers.root, "files": tuple(layers.files), "components": components, "where": None})
