"""TOML to Project: every layer read, merged, typed and checked; all that is wrong is raised together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from headwater.config.check import check_project, check_rule
from headwater.config.dialect import Dialect
from headwater.config.findings import Findings
from headwater.config.inherit import Heirs
from headwater.config.layers import TOOLBOX, Layers
from headwater.config.lineage import whole_images
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
    if not start.exists():
        raise fail(Kind.USAGE, f"`{start}` is not there", hint="hw -C DIR, with the folder of a project")
    for folder in (start, *start.parents):
        for name in NAMES:
            if (folder / name).is_file():
                return folder / name
    what = f"no `{NAMES[0]}` or `{NAMES[1]}` in `{start}` or above"
    raise fail(Kind.CONFIG, what, hint="hw -C DIR, with the folder of a project")


def load(path: Path, given: Given = Given(), *, places: bool = True) -> Project:
    """Read the project whose project file (or folder) is `path`.

    Without `places` origins name file and key but no line, which `config.locate` finds later. Raises one Failure that holds
    every problem of all files.
    """
    return read_project(path, given, places=places).project


class Reading:
    """A project as it was read: the merged tables of its files, and what is made of them, each when first asked for.

    `forgive` is called with the problems that --permissive-config forgives.
    """

    def __init__(self, layers: Layers) -> None:
        self.layers, self.builder, self.findings = layers, layers.builder, layers.findings
        self.heirs = Heirs(layers)
        self.forgive: Callable[[Iterable[Problem]], None] = lambda _: None

    @cached_property
    def file(self) -> ProjectFile:
        """All files as one, without components: those have a way of their own."""
        table = Table(self.layers.merged.spot)
        for key, value in self.layers.merged.items():
            if key == "images" and isinstance(value, Table):
                table.put(key, whole_images(value, self.findings), self.layers.merged.at(key))
            elif key != "components":
                table.put(key, value, self.layers.merged.at(key))
        file = self.builder.build(ProjectFile, table)
        assert file, "a project file has no required key"
        return file

    @property
    def tables(self) -> list[tuple[str, dict[str, Any]]]:
        """Every file as it was read, lowest first, under the name that origins have for it."""
        return [(table.spot.source.name, table) for table in self.layers.layers]

    @cached_property
    def project(self) -> Project:
        """The project, complete and checked. Raises one Failure that holds every problem of all files."""
        return self._project(self.heirs.components())

    @cached_property
    def without_components(self) -> Project:
        """The project but for its components, for who knows that nothing but tables of images changed since it was whole."""
        return self._project({})

    def _project(self, components: dict[str, Component]) -> Project:
        taken = {field: getattr(self.file, field) for field in Project.__struct_fields__ if hasattr(self.file, field)}
        known = {*self.layers.files, TOOLBOX.with_suffix(".lock")}
        outside = sorted(path for path in map(Path, self.builder.outside) if path not in known)
        taken |= {"root": self.layers.root, "components": components, "where": None}
        project = Project(**taken | {"files": tuple(self.layers.files), "outside": tuple(outside)})
        self._check_rules()
        sound = {rule.where for rule in self.builder.sound}
        check_project(project, self.builder.dialect, self.heirs.sound, sound, self.findings)
        self._settle()
        return project

    def written(self) -> dict[str, Component]:
        """The components that say something of their own, as written, without what they inherit; each is checked by itself."""
        own = {name: table for name, table in self.heirs.own.items() if table}
        made = {name: self.builder.build(Component, table, name=name) for name, table in own.items()}
        self._check_rules()
        self._settle()
        return {name: component for name, component in made.items() if component}

    def own(self, name: str) -> Component | None:
        """A component as its own table says it, without what it inherits; None where it has no table."""
        table = self.heirs.own.get(name)
        return None if table is None else self.builder.build(Component, table, name=name)

    def file_of(self, name: str) -> Path | None:
        """The file in which a component's own table stands."""
        table = self.heirs.own.get(name)
        return None if table is None else self.layers.root / table.spot.source.name

    def _check_rules(self) -> None:
        for rule in self.builder.sound:
            check_rule(rule, self.findings)

    def _settle(self) -> None:
        if not self.builder.dialect.permissive:
            self.findings.settle()
        self.forgive(self.findings.problems)


def read_project(path: Path, given: Given = Given(), *, places: bool = True) -> Reading:
    """The files of a project, read and merged; `load` goes on from there."""
    path = find_project(path) if path.is_dir() else path.resolve()
    dialect = Dialect(azldev=path.name == NAMES[1], permissive=given.permissive)
    findings = Findings()
    layers = Layers(path.parent, findings, Builder(path.parent, findings, dialect, places=places), defaults=given.defaults)
    for each in (path, *([given.user_file] if given.user_file else []), *given.config_files):
        layers.add(each.resolve(), personal=each is not path)
    layers.settle()
    return Reading(layers)
