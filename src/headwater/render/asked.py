"""What a component's `[build]` table asks of its spec, as overlays, so that each line of it is explained like any other.

The macros stand in the spec itself: no extra file, no Source number that may be taken, and the source package builds the
same everywhere (docs/decisions, "Build switches live in the spec").
"""

from __future__ import annotations

import re

from headwater.config.model import BuildRule, Component
from headwater.config.overlays import Overlay, SpecPrependLines
from headwater.errors import Kind, fail
from headwater.origin import Origin

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")  # rpm's rule for the name of a macro


def switches(component: Component) -> tuple[Overlay, ...]:
    """The overlay that puts with, without, defines and undefines on top of the spec; runs before all others."""
    rule, where = component.build, component.build.where or component.where
    lines = [f"%define {name} {value}" for name, value in sorted(macros(rule, where).items())]
    lines += [f"%undefine {name}" for name in rule.undefines if name not in rule.defines]
    if not lines:
        return ()
    said = "Switches from the component's `build` table"
    return (SpecPrependLines(lines=(f"# {said}.", *lines, ""), description=said, where=where),)


def macros(rule: BuildRule, where: Origin | None) -> dict[str, str]:
    """The macros that a build table sets, by name; `defines` win over `with` and `without`."""
    found = {f"_with_{name}": "1" for name in rule.with_}
    found |= {f"_without_{name}": "1" for name in rule.without}
    found |= rule.defines
    for name, value in found.items():
        if not _NAME.fullmatch(name) or "\n" in value or not value.strip():
            raise fail(
                Kind.CONFIG,
                f"`{name}` can not be defined for rpm",
                where=where,
                why="a macro has a name of at least three letters, digits and _, and a value on one line",
                hint='write %{nil} for "nothing"',
            )
    return {name: value for name, value in found.items() if name not in rule.undefines}


def silence(component: Component) -> tuple[Overlay, ...]:
    """The overlay that ends `%check` before it begins, with the reason in the spec; runs after all others."""
    rule = component.build.check
    if not rule.skip:
        return ()
    where = rule.where or component.build.where or component.where
    lines = (*(f"# {line}" for line in rule.skip_reason.splitlines()), "exit 0", "")
    return (SpecPrependLines(section="%check", lines=lines, description=rule.skip_reason, where=where),)
