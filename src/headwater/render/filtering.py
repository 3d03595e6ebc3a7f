"""Which files of a dist-git belong into the rendered folder: the spec, what it names, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from headwater.render.model import RenderedPackage
from headwater.rpm.model import SpecFacts, SpecQuestion
from headwater.spec import Document, Role, expand, numbered, parse, plain_macros
from headwater.upstream.model import SourceTree

SOURCES = "sources"  # a file where it is empty; else the tree has it as a list
FILTERED = frozenset({"dist-git", "spec-tree"})  # what others are made of was chosen by name already


def names_of(package: RenderedPackage) -> frozenset[str] | None:
    """The files that the spec says it takes, where its own words tell; None where only rpm can."""
    document = parse(package.tree.text)
    known = plain_macros(document)
    values = [expand(entry.value, known) for kind in ("source", "patch") for entry in numbered(document, kind)]
    if any("%" in value for value in values) or _is_generated(document):
        return None
    return frozenset(map(_file, values))


def question(tree: SourceTree) -> SpecQuestion:
    """What rpm is asked instead."""
    files = {name: file.content for name, file in tree.files.items() if "/" not in name and name != tree.spec}
    return SpecQuestion(file=tree.spec, text=tree.files[tree.spec].content, files=files)


def names_in(facts: SpecFacts) -> frozenset[str] | None:
    """What rpm says; None where it could not say all."""
    if any("%" in source.uri for source in facts.sources):
        return None
    return frozenset(_file(source.uri) for source in facts.sources)


def keep(package: RenderedPackage, names: Iterable[str] | None) -> RenderedPackage:
    """The package with only the files named (and folders of that name); all of them where nobody knows the names."""
    if names is None:
        return package
    wanted = {package.tree.spec, SOURCES, *names}
    files = {name: file for name, file in package.tree.files.items() if name in wanted or name.partition("/")[0] in wanted}
    return msgspec.structs.replace(package, tree=msgspec.structs.replace(package.tree, files=files))


def _is_generated(document: Document) -> bool:
    """Whether macros may write tags of which the text shows nothing: in bodies of macros, and in files that are loaded."""
    lines: Sequence[str] = document.lines
    hidden = (lines[index].lower() for body in document.marks.bodies for index in body)
    if any("source" in line or "patch" in line for line in hidden):
        return True
    preamble = document.sections[0]
    told = range(preamble.start, preamble.end)
    return any(document.roles[index] is Role.TEXT and lines[index].startswith(("%include", "%{load:")) for index in told)


def _file(uri: str) -> str:
    """The name that a source has in the folder: the last part of an address, the first of a path."""
    return uri.rpartition("/")[2] if "://" in uri else uri.partition("/")[0]
