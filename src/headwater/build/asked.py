"""In which line a spec, or the project, asks for a package of a build root."""

from __future__ import annotations

import re
from functools import lru_cache

from headwater import spec
from headwater.build.dependency import names_in
from headwater.config.workshop import BuildRootRule
from headwater.origin import Origin
from headwater.upstream.model import SourceTree

BUILD, RUN = frozenset({"buildrequires", "buildconflicts"}), frozenset({"requires"})  # tags
_BETWEEN = re.compile(r"[\s,()]+")


def place_of(dependency: str, tree: SourceTree, rule: BuildRootRule, file: str = "") -> Origin | None:
    """The line of a BuildRequires or BuildConflicts in the spec of `tree` (told as `file`), or the project's table that asks.

    A dependency that a macro gives has no line of its own: then the place is the whole spec.
    """
    line = _line(dependency, tree.text, BUILD)
    table = next((group.where for group in rule.packages if dependency in group.names), None)
    return table if table and not line else Origin(file=file or tree.spec, line=line)


def required_at(dependency: str, tree: SourceTree, file: str = "") -> Origin:
    """The line of a Requires in the spec of `tree` (told as `file`); the whole spec where rpm finds out by itself."""
    return Origin(file=file or tree.spec, line=_line(dependency, tree.text, RUN))


def section_of(tree: SourceTree, file: str = "") -> Origin:
    """The line of `%generate_buildrequires`."""
    sections = spec.parse(tree.text).sections
    line = next((one.start + 1 for one in sections if one.name == "%generate_buildrequires"), 0)
    return Origin(file=file or tree.spec, line=line)


def _line(dependency: str, text: str, tags: frozenset[str]) -> int:
    """Counted from 1; 0 where no line has it. One with the very words goes before one with the name alone."""
    document, names = _parsed(text), set(names_in(dependency))
    known = spec.plain_macros(document)
    found = 0
    for tag in spec.tags(document):
        if tag.family.partition("(")[0].strip() not in tags:
            continue
        value = spec.expand(tag.value, known)
        if dependency in " ".join(value.split()):
            return tag.line + 1
        if names & set(_BETWEEN.split(value)):
            found = found or tag.line + 1
    return found


@lru_cache(maxsize=16)
def _parsed(text: str) -> spec.Document:
    """A graph asks for each line of a spec in turn."""
    return spec.parse(text)
