"""What a component's own table says, item by item, with azldev's words for the kinds: what of a distribution gets attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from headwater.config.components import BuildRule, Component, Reproducible
from headwater.config.load import Reading
from headwater.config.overlays import Overlay
from headwater.config.sources import Custom, DistroRef, SourceFile, SpecSource


class Customization(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that somebody wrote down: its kind, what it is about in few words, and the reason if there is one."""

    kind: str
    value: str = ""
    description: str = ""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """Where a component is written down, and what it says of its own. `shared`: others stand in the same file."""

    component: str
    file: Path | None = None
    shared: bool = False
    items: tuple[Customization, ...] = ()


def written_of(reading: Reading, names: Sequence[str]) -> list[Written]:
    """These components, in order."""
    used = Counter(reading.file_of(name) for name in reading.heirs.own)
    return [
        Written(
            component=name,
            file=(file := reading.file_of(name)),
            shared=file is not None and used[file] > 1,
            items=tuple(customizations(own)) if (own := reading.own(name)) else (),
        )
        for name in names
    ]


def customizations(own: Component) -> Iterator[Customization]:
    """What a component says of its own: overlays as they stand, then field by field."""
    for overlay in own.overlays:
        yield Customization(kind=_kind(overlay), value=_about(overlay), description=overlay.description)
    yield from _of_build(own.build)
    yield from _of_spec(own.name, own.spec)
    if own.release.calculation != "auto":
        yield Customization(kind="release.calculation", value=own.release.calculation)
    if own.render.skip_file_filter:
        yield Customization(kind="render.skip-file-filter", value="true")
    yield from (Customization(kind="packages", value=name) for name in sorted(own.packages))
    for source in own.source_files:
        yield from _of_source(source)


def _kind(overlay: Overlay) -> str:
    return str(type(overlay).__struct_config__.tag)


def _about(overlay: Overlay) -> str:
    """The first of the things by which one knows an overlay."""
    said = {name: str(getattr(overlay, name, "")) for name in ("tag", "value", "source", "file", "section", "regex")}
    if said["tag"]:
        return f"{said['tag']}={said['value']}" if said["value"] else said["tag"]
    source = PurePosixPath(said["source"]).name
    return said["file"] or source or said["section"] or said["regex"]


def _of_build(rule: BuildRule) -> Iterator[Customization]:
    yield from (Customization(kind="build.with", value=name) for name in rule.with_)
    yield from (Customization(kind="build.without", value=name) for name in rule.without)
    yield from (Customization(kind="build.defines", value=f"{name}={value}") for name, value in sorted(rule.defines.items()))
    yield from (Customization(kind="build.undefines", value=name) for name in rule.undefines)
    if rule.emit_upstream_provenance:
        yield Customization(kind="build.emit-upstream-provenance", value="true")
    if rule.reproducible is Reproducible.NEVER:
        yield Customization(kind="build.reproducible", value="never", description=rule.reproducible_reason)
    if rule.check.skip:
        yield Customization(kind="build.check.skip", value="true", description=rule.check.skip_reason)


def _of_spec(component: str, spec: SpecSource) -> Iterator[Customization]:
    if spec.type.value:
        yield Customization(kind="spec.source-type", value=spec.type.value)
    if spec.upstream_commit:
        yield Customization(kind="spec.upstream-commit", value=spec.upstream_commit)
    if spec.upstream_name not in {"", component}:
        yield Customization(kind="spec.upstream-name", value=spec.upstream_name)
    if spec.upstream_distro:
        yield Customization(kind="spec.upstream-distro", value=_named(spec.upstream_distro))


def _named(ref: DistroRef) -> str:
    return f"{ref.name or '(default)'} {ref.version or '(default)'}"


def _of_source(source: SourceFile) -> Iterator[Customization]:
    yield Customization(kind="source-files", value=source.filename)
    if source.replace_upstream:
        yield Customization(kind="source-files.replace-upstream", value=source.filename)
    if isinstance(source.origin, Custom):
        yield Customization(kind="source-files.script", value=source.origin.script)
        yield from (Customization(kind="source-files.mock-packages", value=name) for name in source.origin.mock_packages)
        yield from (Customization(kind="source-files.inputs", value=name) for name in source.origin.inputs)
