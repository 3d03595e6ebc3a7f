"""Which files say what, and who wins: includes, then user file and `--config-file`; all of them in one table."""

from __future__ import annotations

from pathlib import Path

from headwater.config import check_servers, globs
from headwater.config.findings import Findings
from headwater.config.merge import absorb
from headwater.config.reader import NOWHERE, Spot, Table, parse, read
from headwater.config.typed import DEFAULTS, Builder

TOOLBOX = Path(__file__).parents[1] / "toolbox" / "default.toml"  # and its lock beside it


class Layers:
    """All files of one project, merged. `component_defaults` is what every component inherits from Headwater itself."""

    def __init__(self, root: Path, findings: Findings, builder: Builder, *, defaults: bool = True) -> None:
        self.root, self.findings, self.builder = root, findings, builder
        self.files: dict[Path, None] = {}
        self.layers: list[Table] = []  # each file as it was read, lowest first
        table = parse(Path(__file__).with_name(DEFAULTS).read_bytes(), DEFAULTS, findings)
        self.component_defaults: Table = table.pop("default-component-config")
        mode = builder.dialect.overlay_mode
        self.component_defaults.put("overlay-mode", mode, self.component_defaults.spot)
        if not defaults:
            table.pop("resources")
        self.merged = Table(NOWHERE)
        self._absorb(table)

    def add(self, path: Path, *, personal: bool = False, asked_by: Spot | None = None, above: tuple[Path, ...] = ()) -> None:
        """Merge a file, then the files it includes, depth first; a file reached twice counts once.

        What is `personal` is the user's own word, and no part of the project.
        """
        if path in above:
            where = asked_by.origin if asked_by else None
            self.findings.add(where, f"`{path.name}` includes itself", why=" -> ".join(each.name for each in (*above, path)))
            return
        if path in self.files:
            return
        self.files[path] = None
        table = read(path, self.root, self.findings, asked_by=asked_by)
        included = matches(table, "includes", self.builder)
        table.pop("includes", None)
        if not personal:
            check_servers.personal(table, self.findings)
        self._absorb(table)
        for each, spot in included:
            self.add(each, personal=personal, asked_by=spot, above=(*above, path))

    def settle(self) -> None:
        """Once all files are read: a project that names no tools works with those that Headwater comes with."""
        if not any("toolbox" in layer for layer in self.layers[1:]):
            name = TOOLBOX.name
            self._absorb(parse(TOOLBOX.read_bytes(), name, self.findings))
            self.merged["toolbox"].put("lock", str(TOOLBOX.with_suffix(".lock")), NOWHERE.inner(name))

    def _absorb(self, table: Table) -> None:
        self.layers.append(table)
        absorb(self.merged, table, self.findings)


def matches(table: Table, key: str, builder: Builder) -> list[tuple[Path, Spot]]:
    """The files that a key's globs name, each once; a pattern that must match and does not is a problem."""
    found: dict[Path, Spot] = {}
    for pattern, spot in builder.paths(table, key):
        try:
            paths = globs.expand(pattern)
        except ValueError as error:
            place = spot.origin
            builder.findings.add(place, f"`{place.key}` is no usable pattern", why=str(error))
            continue
        if not paths and not globs.is_glob(pattern):
            place = spot.origin
            builder.findings.add(
                place, f"`{place.key}` names no file", why=f"nothing is at `{pattern}`", hint=f"ls {Path(pattern).parent}"
            )
        for path in paths:
            found.setdefault(path, spot)
    return list(found.items())


def inner(table: Table, *keys: str) -> Table:
    """The table at a path of keys; an empty one where there is none or something else."""
    for key in keys:
        found = table.get(key)
        table = found if isinstance(found, Table) else Table(table.spot)
    return table
