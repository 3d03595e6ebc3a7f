"""Tags of a spec: find, read, write one; and the numbers that rpm gives to sources and patches."""

from __future__ import annotations

import re

import msgspec

from headwater.spec.document import PREAMBLE, Document, Section
from headwater.spec.lines import Role

_TAG = re.compile(r"(\s*)([A-Za-z]\w*(?:\s*\([^)]*\))?)(\s*:)(\s*)(.*)", re.DOTALL | re.ASCII)
_SPACE = re.compile(r"\s+")
_LISTS = {"source": "%sourcelist", "patch": "%patchlist"}


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag line: `name` as written, with its qualifier (`Requires(post)`) and number; lines `line` to `stop` (exclusive)."""

    name: str
    value: str
    package: str
    line: int
    stop: int

    @property
    def family(self) -> str:
        return family(self.name)


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """A source or patch with the number that rpm gives it; `tag` is None for a line of %sourcelist or %patchlist."""

    number: int
    value: str
    line: int
    tag: Tag | None


def same(one: str, other: str) -> bool:
    """Whether two tag names are one to rpm: letter case and inner space do not matter."""
    return _SPACE.sub("", one).lower() == _SPACE.sub("", other).lower()


def family(name: str) -> str:
    """A tag's name without its number, lower-case: `Source9` is of the family `source`."""
    return name.rstrip("0123456789").lower()


def homes(document: Document, package: str) -> tuple[Section, ...]:
    """The sections that hold a package's tags: the preamble, or every `%package` of that name."""
    name = "%package" if package else PREAMBLE
    return tuple(section for section in document.sections if section.name == name and section.package == package)


def tags(document: Document, package: str | None = None) -> tuple[Tag, ...]:
    """All tags of a package (None: of every package), in order."""
    return tuple(
        tag
        for section in document.sections
        if section.name in {PREAMBLE, "%package"} and package in {None, section.package}
        for line in range(section.body, section.end)
        if document.roles[line] is Role.TEXT and (tag := _read(document, line, section.package))
    )


def find(document: Document, name: str, package: str | None = "") -> tuple[Tag, ...]:
    """All tags of one name."""
    return tuple(tag for tag in tags(document, package) if same(tag.name, name))


def write(document: Document, tag: Tag, name: str, value: str) -> Document:
    """The document with one tag changed; its indentation and alignment stay."""
    match = _TAG.match(document.lines[tag.line])
    assert match, "a Tag stands on a tag line"
    return document.splice(tag.line, tag.stop, [f"{match[1]}{name}{match[3]}{match[4] or ' '}{value}"])


def numbered(document: Document, kind: str) -> tuple[Numbered, ...]:
    """Every source or patch (`kind`) with its number, by rpm's rule: a bare tag gets the highest number so far plus one."""
    found = []
    highest = -1
    for line, value, tag in sorted(_entries(document, kind), key=lambda entry: entry[0]):
        digits = tag.name[len(kind) :] if tag else ""
        number = int(digits) if digits else highest + 1
        highest = max(highest, number)
        found.append(Numbered(number=number, value=value, line=line, tag=tag))
    return tuple(found)


def _entries(document: Document, kind: str) -> list[tuple[int, str, Tag | None]]:
    named: list[tuple[int, str, Tag | None]] = [(tag.line, tag.value, tag) for tag in tags(document) if tag.family == kind]
    for section in document.sections:
        if section.name == _LISTS[kind]:
            lines = range(section.body, section.end)
            named += [(line, document.lines[line].strip(), None) for line in lines if document.roles[line] is Role.TEXT]
    return named


def _read(document: Document, line: int, package: str) -> Tag | None:
    stop = document.statement(line)
    match = _TAG.match("\n".join(document.lines[index] for index in range(line, stop)))
    if not match:
        return None
    return Tag(name=_SPACE.sub("", match[2]), value=match[5].rstrip(), package=package, line=line, stop=stop)
