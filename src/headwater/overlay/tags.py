"""Overlays on tags: add, insert, set, update, remove."""

from __future__ import annotations

from collections import Counter
from difflib import get_close_matches

from headwater.config.overlays import Overlay, SpecAddTag, SpecInsertTag, SpecRemoveTag, SpecSetTag, SpecUpdateTag
from headwater.errors import Failure
from headwater.overlay.nearest import already, nearest, refuse
from headwater.overlay.sections import cut
from headwater.spec import Document, Role, Section, Tag, family, find, homes, numbered, same, tags, write

# Tags that rpm takes once in a package.
_ONCE = frozenset(
    "name version release epoch summary license url bugurl group distribution vendor packager vcs disttag ".split()  # noqa: SIM905 words
)
_NUMBERED = frozenset({"source", "patch"})

Written = SpecAddTag | SpecInsertTag | SpecSetTag | SpecUpdateTag


def edit(document: Document, overlay: Written | SpecRemoveTag) -> Document:
    """What one of this family makes of a spec."""
    match overlay:
        case SpecAddTag():
            return add(document, overlay)
        case SpecInsertTag():
            return insert(document, overlay)
        case SpecSetTag():
            return set_(document, overlay)
        case SpecUpdateTag():
            return update(document, overlay)
        case SpecRemoveTag():
            return remove(document, overlay)


def add(document: Document, overlay: SpecAddTag | SpecSetTag) -> Document:
    """The tag as the last line of its package's tags, before any condition that wraps the next section."""
    found = _homes(document, overlay)
    _refuse_double(document, overlay)
    edited = document
    for section in reversed(found):
        at = document.tail(section)
        edited = edited.splice(at, at, [f"{overlay.tag}: {overlay.value}"])
    return _checked(document, edited, overlay)


def insert(document: Document, overlay: SpecInsertTag) -> Document:
    """The tag behind the last of its family (`Source9` goes behind `Source3`), else behind the last tag."""
    found = _homes(document, overlay)
    _refuse_double(document, overlay)
    edited = document
    for section in reversed(found):
        at = spot(document, section, (family(overlay.tag), ""))
        edited = edited.splice(at, at, [f"{overlay.tag}: {overlay.value}"])
    return _checked(document, edited, overlay)


def set_(document: Document, overlay: SpecSetTag) -> Document:
    """As update where the tag is there, else as add."""
    _homes(document, overlay)
    return _rewrite(document, overlay) if find(document, overlay.tag, overlay.package) else add(document, overlay)


def update(document: Document, overlay: SpecUpdateTag) -> Document:
    """A new value for the tag, in every branch of a condition that has it."""
    _homes(document, overlay)
    if not find(document, overlay.tag, overlay.package):
        raise _missed(document, overlay, overlay.tag)
    return _rewrite(document, overlay)


def remove(document: Document, overlay: SpecRemoveTag) -> Document:
    """Every tag of that name, or only those with that value."""
    _homes(document, overlay)
    named = find(document, overlay.tag, overlay.package)
    wanted = [tag for tag in named if not overlay.value or _plain(tag.value) == _plain(overlay.value)]
    if not wanted:
        raise _missed(document, overlay, f"{overlay.tag}: {overlay.value}" if overlay.value else overlay.tag)
    return cut(document, {line for tag in wanted for line in range(tag.line, tag.stop)})


def spot(document: Document, section: Section, families: tuple[str, ...]) -> int:
    """The line behind a section's last tag of the first family that it has (empty: of any), outside of inner conditions."""
    own = [tag for tag in tags(document) if section.body <= tag.line < section.end]
    for name in families:
        if last := [tag for tag in own if name in {"", tag.family}][-1:]:
            return _outside(document, section, last[0])
    return document.tail(section)


def _outside(document: Document, section: Section, tag: Tag) -> int:
    """Behind the outermost condition of the section that holds the tag; before it, where it reaches into the next section."""
    inner = [guard for guard in document.around(tag.line) if guard.opener >= section.body]
    if not inner:
        return tag.stop
    outermost = inner[0]
    return document.statement(outermost.closer) if outermost.closer < section.end else outermost.opener


def _rewrite(document: Document, overlay: SpecSetTag | SpecUpdateTag) -> Document:
    found = find(document, overlay.tag, overlay.package)
    if all(tag.value == overlay.value for tag in found):
        raise already(overlay, f"line {found[0].line + 1} is `{found[0].name}: {found[0].value}`")
    _refuse_merging(document, overlay, found)
    for tag in reversed(found):
        document = write(document, tag, overlay.tag, overlay.value)
    return document


def _refuse_merging(document: Document, overlay: Overlay, found: tuple[Tag, ...]) -> None:
    """Different values side by side would become copies of one; in the branches of a condition they may."""
    places = Counter(tuple(guard.branch_of(tag.line) for guard in document.around(tag.line)) for tag in found)
    if max(places.values()) > 1 and len({_plain(tag.value) for tag in found}) > 1:
        lines = ", ".join(f"{tag.line + 1} (`{tag.value}`)" for tag in found[:6])
        raise refuse(
            overlay,
            f"`{found[0].name}` is there {len(found)} times, and all would get the same value",
            why=f"lines {lines}",
            hint="use spec-remove-tag with `value` and spec-add-tag, or spec-search-replace",
        )


def _refuse_double(document: Document, overlay: Written) -> None:
    for tag in find(document, overlay.tag, overlay.package):
        inner = [guard for guard in document.around(tag.line) if guard.opener >= document.section_at(tag.line).body]
        if _plain(tag.value) == _plain(overlay.value) and not inner:
            raise already(overlay, f"line {tag.line + 1} is `{tag.name}: {tag.value}`")
        if overlay.tag.lower() in _ONCE:
            raise refuse(
                overlay,
                f"`{overlay.tag}` is there already, and rpm takes it once",
                why=f"line {tag.line + 1} is `{tag.name}: {tag.value}`",
                hint="use spec-set-tag",
            )


def _checked(before: Document, after: Document, overlay: Written) -> Document:
    kind = family(overlay.tag)
    if kind in _NUMBERED and (twice := doubles(after, kind) - doubles(before, kind)):
        there = numbered(before, kind) or numbered(after, kind)  # nothing before: it was put into several sections at once
        raise refuse(
            overlay,
            f"number {min(twice)} of `{overlay.tag}` is taken",
            why=f"by rpm's count {', '.join(f'{entry.number} is `{entry.value}`' for entry in there)}",
            hint=f"use {kind.capitalize()}{max(entry.number for entry in there) + 1}",
        )
    return after


def doubles(document: Document, kind: str) -> set[int]:
    """Numbers that more than one source or patch has."""
    return {number for number, count in Counter(entry.number for entry in numbered(document, kind)).items() if count > 1}


def _homes(document: Document, overlay: Written | SpecRemoveTag) -> tuple[Section, ...]:
    found = homes(document, overlay.package)
    if not found:
        names = sorted({section.package for section in document.sections if section.name == "%package"})
        raise refuse(
            overlay,
            f"the spec has no `%package {overlay.package}`",
            why=f"it has {', '.join(f'`{name}`' for name in names)}" if names else "it has no sub-package",
            hint="spell the package as its `%package` line does, without `-n`",
        )
    return found


def _missed(document: Document, overlay: SpecUpdateTag | SpecRemoveTag, wanted: str) -> Failure:
    own = tags(document, overlay.package)
    named = [tag for tag in own if same(tag.name, overlay.tag)]
    alike = [tag for tag in own if get_close_matches(overlay.tag.lower(), [tag.name.lower()])]
    lines = [(tag.line + 1, f"{tag.name}: {tag.value}") for tag in named or alike] or [
        (index + 1, document.lines[index])
        for section in homes(document, overlay.package)
        for index in range(section.body, section.end)
    ]
    owner = f" of `{overlay.package}`" if overlay.package else ""
    hidden = not named and any(
        document.roles[number - 1] is Role.BODY and text.lower().lstrip().startswith(overlay.tag.lower())
        for number, text in lines
    )
    return refuse(
        overlay,
        f"no tag `{wanted}`{owner}",
        why=nearest(wanted if named else overlay.tag, lines),
        hint="a line in the body of a macro is no tag: use spec-search-replace" if hidden else _instead(overlay),
    )


def _instead(overlay: SpecUpdateTag | SpecRemoveTag) -> str:
    if isinstance(overlay, SpecRemoveTag):
        return "remove this overlay, or spell tag and value as the spec does"
    return 'type = "spec-set-tag" adds a tag where there is none'


def _plain(value: str) -> str:
    return " ".join(value.lower().split())
