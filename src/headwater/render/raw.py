"""What rpm is asked about a spec before any overlay, as azldev's `component query` does: with the build switches alone."""

from __future__ import annotations

from pathlib import Path

import msgspec

from headwater.config.model import Component
from headwater.config.workshop import BuildRootRule
from headwater.render.asked import macros
from headwater.render.filtering import question
from headwater.rpm.model import SpecQuestion
from headwater.upstream.model import SourceTree

# What rpmautospec's own macros say where nobody has counted.
UNCOUNTED = b"%autorelease(e:s:pb:n) 1%{?dist}\n%autochangelog() %{nil}\n"


def raw_question(tree: SourceTree, component: Component, rule: BuildRootRule) -> SpecQuestion:
    """The spec of a tree with the build root's macros and the component's switches; checks are off, and nothing is counted."""
    files = {path: Path(path).read_bytes() for path in rule.macro_files}
    return msgspec.structs.replace(
        question(tree),
        macros={**files, "rpmautospec": UNCOUNTED},
        defines={**rule.macros, **macros(component.build, component.where), "with_check": "0"},
    )
