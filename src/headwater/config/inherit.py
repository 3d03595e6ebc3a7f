"""What each component inherits, from low to high: defaults, distribution's version, project, groups, its own table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import msgspec

from headwater.config import globs
from headwater.config.components import Component
from headwater.config.findings import did_you_mean
from headwater.config.layers import Layers, inner, matches
from headwater.config.merge import join, merge_component
from headwater.config.reader import Array, Spot, Table, read
from headwater.config.written import OverlayFile


class Heirs:
    """The components of a project: those of `[components]`, and the local specs that `specs` of groups find."""

    def __init__(self, layers: Layers) -> None:
        self.builder, self.findings = layers.builder, layers.findings
        self.layers = layers
        self.groups = inner(layers.merged, "component-groups")
        self.specs: dict[str, list[tuple[str, Spot]]] = {}  # component -> specs of that name, with who found them
        self.member_of: dict[str, list[str]] = {}
        self.own = self._written()
        self._gather()
        self.groups_of = {name: tuple(sorted(groups)) for name, groups in self.member_of.items()}
        self.overlay_files: dict[Path, Table] = {}
        self.sound: set[str] = set()  # components of which every part could be read
        self._bases: dict[tuple[str, ...], Table] = {}
        self._alike: dict[tuple[str, ...], Component] = {}

    def names(self) -> list[str]:
        return sorted({*self.own, *self.specs})

    def table(self, name: str) -> Table:
        """A component's table with all that it inherits, and the overlays of its overlay files."""
        base = self._base(self.groups_of.get(name, ()))
        table = merge_component(base, self.own[name]) if name in self.own else base
        for path, spot in self.specs.get(name, ()):
            table = merge_component(table, self._local(table, name, path, spot))
        return self._with_overlay_files(table)

    def components(self) -> dict[str, Component]:
        """All of them by name. Those that say nothing of their own are one component under many names, which saves much."""
        made = {name: self._component(name) for name in self.names()}
        return {name: component for name, component in made.items() if component}

    def _component(self, name: str) -> Component | None:
        own = self.own.get(name)
        if own or name in self.specs:
            return self._build(name)
        assert own is not None, "a name is of a table or of a spec"
        groups = self.groups_of.get(name, ())
        base = self._alike.get(groups)
        if base:
            self.sound.add(name)
            return msgspec.structs.replace(base, name=name, where=self.builder.where(own.spot))
        component = self._build(name)
        if component and name in self.sound:
            self._alike[groups] = component
        return component

    def _build(self, name: str) -> Component | None:
        before = self.builder.broken
        component = self.builder.build(Component, self.table(name), name=name)
        if before == self.builder.broken:
            self.sound.add(name)
        return component

    def _base(self, groups: tuple[str, ...]) -> Table:
        """What all members of these groups (and of no other) inherit."""
        if groups not in self._bases:
            shared = [table for _, table in self._shared()]
            defaults = (inner(self.groups, group, "default-component-config") for group in groups)
            self._bases[groups] = reduce(merge_component, (*shared, *defaults))
        return self._bases[groups]

    def inherited(self, name: str) -> Iterator[tuple[str, Table]]:
        """The layers under a component's own table, lowest first, each with what it is called."""
        yield from self._shared()
        for group in self.groups_of.get(name, ()):
            yield f"group {group}", inner(self.groups, group, "default-component-config")

    def _shared(self) -> Iterator[tuple[str, Table]]:
        """What all components inherit: our defaults, those of the distribution's version, then those of the project."""
        merged = self.layers.merged
        reference = inner(merged, "project", "default-distro")
        distro = inner(merged, "distros", str(reference.get("name", "")))
        version = str(reference.get("version") or distro.get("default-version", ""))
        yield "defaults", self.layers.component_defaults
        yield f"{reference.get('name', '')} {version}", inner(distro, "versions", version, "default-component-config")
        yield "project", inner(merged, "default-component-config")

    def _written(self) -> dict[str, Table]:
        components = self.layers.merged.get("components")
        if components is None:
            return {}
        table = self.builder.table(components, self.layers.merged.at("components"))
        if table is None:
            return {}
        found = {name: self.builder.table(value, table.at(name)) for name, value in table.items()}
        for own in filter(None, found.values()):
            self._refuse_snapshot(own)
        return {name: own for name, own in found.items() if own is not None}

    def _refuse_snapshot(self, own: Table) -> None:
        """A moment is said for many components together; one alone is pinned by its commit."""
        reference = inner(own, "spec", "upstream-distro")
        if reference.get("snapshot"):
            hint = "spec.upstream-commit, or a snapshot in default-component-config"
            self.findings.add(reference.place("snapshot"), "a component has no snapshot of its own", hint=hint)

    def _gather(self) -> None:
        """Who belongs to which group, and which specs groups find."""
        for group in sorted(self.groups):
            table = inner(self.groups, group)
            members = table.get("components")
            for name, spot in zip(members, members.spots(), strict=True) if isinstance(members, Array) else ():
                if isinstance(name, str) and name in self.own:
                    self.member_of.setdefault(name, []).append(group)
                elif isinstance(name, str) and not self.findings.unread:
                    self.findings.add(spot.origin, f"`{name}` is no component", hint=did_you_mean(name, self.own))
            self._gather_specs(group, table)

    def _gather_specs(self, group: str, table: Table) -> None:
        excluded = [pattern for pattern, _ in self.builder.paths(table, "excluded-paths")]
        for path, spot in matches(table, "specs", self.builder):
            if not any(globs.matches(path, pattern) for pattern in excluded):
                self.specs.setdefault(path.stem, []).append((str(path), spot))
                if group not in self.member_of.setdefault(path.stem, []):
                    self.member_of[path.stem].append(group)

    def _local(self, table: Table, name: str, path: str, spot: Spot) -> Table:
        """The spec that a group found, as a layer of the component; it must not be another than the component's own."""
        said = inner(table, "spec")
        if said.get("path") and Path(self.builder.absolute(said["path"], said.at("path"))) != Path(path):
            where = said.place("path")
            self.findings.add(where, f"`{name}` has two specs", why=f"`{spot.origin.key}` at {spot.origin} finds `{path}`")
        spec = Table(spot)
        spec.put("type", "local", spot)
        spec.put("path", path, spot)
        layer = Table(self.own[name].spot if name in self.own else spot)
        layer.put("spec", spec, spot)
        return layer

    def _with_overlay_files(self, table: Table) -> Table:
        if "overlay-files" not in table:
            return table
        paths = [path for path, _ in matches(table, "overlay-files", self.builder)]
        whole = table.copy()
        del whole["overlay-files"]
        own = table.get("overlays", Array(table.spot))
        for path in sorted(paths, key=lambda path: (path.name, path)):
            if isinstance(own, Array):
                own = join(own, self._overlays_of(path))
        if own:
            whole.put("overlays", own, table.at("overlays") if "overlays" in table else table.at("overlay-files"))
        return whole

    def _overlays_of(self, path: Path) -> Array:
        """An overlay file's overlays, each with the file's metadata."""
        if path not in self.overlay_files:
            self.overlay_files[path] = self._read_overlay_file(path)
        overlays = self.overlay_files[path].get("overlays")
        return overlays if isinstance(overlays, Array) else Array(self.overlay_files[path].spot)

    def _read_overlay_file(self, path: Path) -> Table:
        self.layers.files[path] = None
        table = read(path, self.layers.root, self.findings)
        self.builder.build(OverlayFile, table)
        overlays, metadata = table.get("overlays"), table.get("metadata")
        for overlay in overlays if isinstance(overlays, Array) else ():
            if isinstance(overlay, Table) and isinstance(metadata, Table):
                if "metadata" in overlay:
                    where = overlay.place("metadata")
                    self.findings.add(
                        where, "an overlay in an overlay file has no metadata of its own", why="the file's counts"
                    )
                overlay.put("metadata", metadata, table.at("metadata"))
        return table
