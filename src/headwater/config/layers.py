"""Which files say what, and who wins: includes, then user file and `--config-file`; for components also their defaults."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from importlib.resources import files
from pathlib import Path

from headwater.config import globs
from headwater.config.findings import Findings, did_you_mean
from headwater.config.merge import join, merge_component, merge_file
from headwater.config.reader import Array, Table, parse, read
from headwater.config.typed import DEFAULTS, Builder
from headwater.config.written import OverlayFile
from headwater.origin import Origin


class Layers:
    """All files of one project, merged."""

    def __init__(self, root: Path, findings: Findings, builder: Builder) -> None:
        self.root, self.findings, self.builder = root, findings, builder
        self.files: list[Path] = []
        self.overlay_files: dict[Path, Table] = {}
        self.defaults = parse(files("headwater.config").joinpath(DEFAULTS).read_bytes(), DEFAULTS, findings)
        self.component_defaults: Table = self.defaults.pop("default-component-config")
        self.merged = merge_file(Table(Origin(file="")), self.defaults, findings)

    def add(self, path: Path, *, asked_by: Origin | None = None, above: tuple[Path, ...] = ()) -> None:
        """Merge a file, then the files it includes, depth first; a file reached twice counts once."""
        if path in above:
            self.findings.add(asked_by, f"`{path.name}` includes itself", why=" -> ".join(each.name for each in (*above, path)))
            return
        if path in self.files:
            return
        self.files.append(path)
        table = read(path, self.root, self.findings, asked_by=asked_by)
        included = self._matches(table, "includes")
        table.pop("includes", None)
        self.merged = merge_file(self.merged, table, self.findings)
        for each, place in included:
            self.add(each, asked_by=place, above=(*above, path))

    def components(self) -> dict[str, Table]:
        """Every component with its inherited settings and the overlays of its overlay files."""
        nowhere = Origin(file="")
        written = self.builder.table(
            self.merged.get("components", Table(nowhere)), self.merged.places.get("components", nowhere)
        ) or Table(nowhere)
        self._known_members(set(written))
        own = {name: self.builder.table(value, written.places[name]) for name, value in sorted(written.items())}
        return {name: self._with_overlay_files(self._inherit(name, table)) for name, table in own.items() if table is not None}

    def _inherit(self, name: str, own: Table) -> Table:
        return reduce(merge_component, (*self._shared(), *self._groups_of(name), own), self.component_defaults)

    def _shared(self) -> Iterable[Table]:
        """The defaults of the distribution's version, then those of the project."""
        reference = _inner(self.merged, "project", "default-distro")
        distro = _inner(self.merged, "distros", str(reference.get("name", "")))
        version = str(reference.get("version") or distro.get("default-version", ""))
        yield _inner(distro, "versions", version, "default-component-config")
        yield _inner(self.merged, "default-component-config")

    def _groups_of(self, name: str) -> Iterable[Table]:
        groups = _inner(self.merged, "component-groups")
        for group in sorted(groups):
            members = _inner(groups, group).get("components")
            if isinstance(members, Array) and name in members:
                yield _inner(groups, group, "default-component-config")

    def _known_members(self, names: set[str]) -> None:
        groups = _inner(self.merged, "component-groups")
        for group in sorted(groups):
            members = _inner(groups, group).get("components")
            for name, place in zip(members, members.places, strict=True) if isinstance(members, Array) else ():
                if isinstance(name, str) and name not in names and not self.findings.unread:
                    self.findings.add(place, f"`{name}` is no component", hint=did_you_mean(name, names))

    def _with_overlay_files(self, table: Table) -> Table:
        paths = [path for path, _ in self._matches(table, "overlay-files")]
        table.pop("overlay-files", None)
        extra = Array()
        for path in sorted(paths, key=lambda path: (path.name, path)):
            extra = join(extra, self._overlays_of(path))
        own = table.get("overlays", Array())
        if extra and isinstance(own, Array):
            table.put("overlays", join(own, extra), table.places.get("overlays", table.where))
        return table

    def _overlays_of(self, path: Path) -> Array:
        """An overlay file's overlays, each with the file's metadata."""
        if path not in self.overlay_files:
            self.overlay_files[path] = self._read_overlay_file(path)
        overlays = self.overlay_files[path].get("overlays", Array())
        return overlays if isinstance(overlays, Array) else Array()

    def _read_overlay_file(self, path: Path) -> Table:
        self.files.append(path)
        table = read(path, self.root, self.findings)
        self.builder.build(OverlayFile, table)
        overlays, metadata = table.get("overlays"), table.get("metadata")
        for overlay in overlays if isinstance(overlays, Array) else ():
            if isinstance(overlay, Table) and isinstance(metadata, Table):
                if "metadata" in overlay:
                    self.findings.add(
                        overlay.places["metadata"],
                        "an overlay in an overlay file has no metadata of its own",
                        why="the file's counts",
                    )
                overlay.put("metadata", metadata, table.places["metadata"])
        return table

    def _matches(self, table: Table, key: str) -> list[tuple[Path, Origin]]:
        """The files that a key's globs name, each once; a pattern that must match and does not is a problem."""
        found: dict[Path, Origin] = {}
        for pattern, place in self.builder.paths(table, key):
            try:
                paths = globs.expand(pattern)
            except ValueError as error:
                self.findings.add(place, f"`{place.key}` is no usable pattern", why=str(error))
                continue
            if not paths and not globs.is_glob(pattern):
                self.findings.add(place, f"`{place.key}` names no file", why=f"nothing is at `{pattern}`")
            for path in paths:
                found.setdefault(path, place)
        return list(found.items())


def _inner(table: Table, *keys: str) -> Table:
    """The table at a path of keys; an empty one where there is none or something else."""
    for key in keys:
        inner = table.get(key)
        table = inner if isinstance(inner, Table) else Table(table.where)
    return table
