"""Every input of a component's rendered folder by name, so that a change can say which of them moved.

azldev folds its inputs into one number; here each has its own short digest, and the lock keeps them all. What only explains
(descriptions, reasons) and what only decides which commit is taken (a snapshot) is no input. The commit is in the lock itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from headwater.config.model import BuildRule, Component, Custom, Project, ReleaseRule, RenderRule, SpecType
from headwater.digest import digest_bytes, digest_of, identity_of
from headwater.upstream import read_local

RULES = "1"  # of what rendering does with the same inputs; a higher number renders everything anew
LENGTH = 16  # hexadecimal digits: enough to see a change, short enough for 7,583 files that people review
BUILD = ("with_", "without", "defines", "undefines", "check", "emit_upstream_provenance")  # what of `build` is in the spec


class Inputs:
    """Answers for one project. Components that share a setting share its digest, too."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known: dict[int, str] = {}
        self._kept: list[Any] = []  # what `_known` names by id must stay alive

    def of(self, component: Component) -> dict[str, str]:
        """Name -> short digest (or, where it is short, the value itself); what has none is left out."""
        return {name: value for name, value in self._all(component) if value}

    def _all(self, component: Component) -> Iterator[tuple[str, str]]:
        yield "rules", RULES
        yield from self._upstream(component)
        build = {name: getattr(component.build, name) for name in BUILD}
        if any(build[name] != getattr(_PLAIN, name) for name in BUILD):
            yield "build", _short(identity_of(build))
        for name, value, plain in (
            ("release", component.release, _RELEASE),
            ("render", component.render, _RENDER),
            ("source-files", component.source_files, ()),
        ):
            if _bare(value) != _bare(plain):
                yield name, self._digest(value)
        for source in component.source_files:
            for origin in (source.origin, *source.origins):
                if isinstance(origin, Custom):
                    yield f"script {Path(origin.script).name}", _content(origin.script)
        if not component.strict():
            yield "overlay-mode", component.overlay_mode.value
        for number, overlay in enumerate(component.overlays):
            yield f"overlay[{number}]", self._overlay(overlay)

    def _upstream(self, component: Component) -> Iterator[tuple[str, str]]:
        spec = component.spec
        if spec.type is SpecType.UPSTREAM:
            ref = spec.upstream_distro
            distro = self.project.distros.get(ref.name) if ref else None
            version = distro.versions.get(ref.version or distro.default_version) if ref and distro else None
            yield "release-ver", version.release_ver if version else ""
            if spec.upstream_name:
                yield "upstream-name", spec.upstream_name
        elif spec.type is SpecType.ARCHIVE:
            yield "spec", _short(digest_of([spec.archive, spec.member]))
        elif spec.path:
            files = read_local(self.project.root / spec.path, where=spec.where or component.where)
            for name, file in sorted(files.items()):
                yield f"file {name}", _short(digest_of([file.mode, digest_bytes(file.content)]))

    def _overlay(self, overlay: Any) -> str:
        source = getattr(overlay, "source", "")
        return _short(digest_of([type(overlay).__name__, self._digest(overlay), _content(source) if source else ""]))

    def _digest(self, value: Any) -> str:
        if id(value) not in self._known:
            self._known[id(value)] = _short(identity_of(value, leave_out=_LEFT_OUT))
            self._kept.append(value)
        return self._known[id(value)]


_PLAIN, _RELEASE, _RENDER = BuildRule(), ReleaseRule(), RenderRule()
_LEFT_OUT = frozenset(
    {"where", "description", "reason", "replace-reason", "metadata", "source", "script"}
)  # of `source` and `script` the content counts


def _bare(value: Any) -> Any:
    return msgspec.structs.replace(value, where=None) if isinstance(value, msgspec.Struct) else value


def _short(digest: str) -> str:
    return digest[:LENGTH]


def _content(path: str) -> str:
    """The digest of a file that an overlay puts into the folder, with the mode it gets there."""
    file = Path(path)
    return digest_of([bool(file.stat().st_mode & 0o100), digest_bytes(file.read_bytes())]) if file.is_file() else ""
