"""Tags that have another value, are gone or are new, package by package."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from headwater.config.overlays import SpecAddTag, SpecInsertTag, SpecRemoveTag, SpecUpdateTag
from headwater.overlay.infer.state import Move, State, Wish
from headwater.overlay.infer.units import units
from headwater.spec import Document, Role, Tag, find, homes, same, tags

# Families of which a package has many, so that a new value is one more and one less.
_MANY = frozenset(
    """buildrequires requires provides obsoletes conflicts buildconflicts recommends suggests supplements enhances
    orderwithrequires source patch""".split()  # noqa: SIM905 a dozen words without a dozen quotes
)


def changed_tags(state: State) -> Iterator[Wish]:
    """Tags with a new value."""
    for package in _packages(state):
        for old, new in _by_name(state, package):
            if old and len(old) == len(new) and len({tag.value for tag in new}) == 1 and _is_one(new[0]):
                yield [_put(SpecUpdateTag(tag=new[0].name, value=new[0].value, package=package))]


def lost_tags(state: State) -> Iterator[Wish]:
    """Tags whose lines go and become no others, by value where others of that name stay."""
    gone = {unit.start for hunk in state.hunks for unit in units(state.spec.lines, hunk) if not unit.new}
    for package in _packages(state):
        for name in dict.fromkeys(tag.name for tag in tags(state.spec, package)):
            found = find(state.spec, name, package)
            lost = [tag for tag in found if gone.issuperset(range(tag.line, tag.stop))]
            if lost and len(lost) == len(found):
                yield [_put(SpecRemoveTag(tag=name, package=package))]
            for value in dict.fromkeys(tag.value for tag in lost if len(lost) < len(found)):
                if value and "\n" not in value:
                    yield [_put(SpecRemoveTag(tag=name, value=value, package=package))]


def new_tags(state: State) -> Iterator[Wish]:
    """Tags that are new, in the goal's order; one that comes with lines that are no tags comes with them, elsewhere."""
    alone = _alone(state)
    for package in _packages(state):
        known = Counter((tag.name.lower(), tag.value) for tag in tags(state.spec, package))
        for tag in tags(state.goal.spec, package):
            key = (tag.name.lower(), tag.value)
            if known[key]:
                known[key] -= 1
            elif state.goal.spec.lines[tag.line] in alone:
                yield list(dict.fromkeys(_additions(state.goal.spec, tag)))


def _additions(spec: Document, tag: Tag) -> Iterator[Move]:
    """Behind its family or at the end; as tags are written, else with the spaces before its value that align it."""
    line = spec.lines[tag.line]
    name, colon, rest = line.partition(":")
    if tag.stop > tag.line + 1 or not colon or not same(name, tag.name) or not tag.value:
        return
    for value in dict.fromkeys((tag.value, rest.removeprefix(" "))):
        yield _put(SpecInsertTag(tag=tag.name, value=value, package=tag.package))
        yield _put(SpecAddTag(tag=tag.name, value=value, package=tag.package))


def _alone(state: State) -> set[str]:
    """Lines of hunks that bring nothing but tags."""
    found: set[str] = set()
    for hunk in state.hunks:
        roles = Document("\n".join(hunk.new)).roles
        if all(role is Role.TEXT and ":" in line for role, line in zip(roles, hunk.new, strict=False)):
            found.update(hunk.new)
    return found


def _packages(state: State) -> list[str]:
    """Packages that have tags in both specs."""
    names = dict.fromkeys(section.package for section in state.spec.sections if section.name == "%package")
    return ["", *(name for name in names if homes(state.goal.spec, name))]


def _by_name(state: State, package: str) -> Iterator[tuple[list[Tag], list[Tag]]]:
    """The tags of each name in both specs, where they differ."""
    for name in dict.fromkeys(tag.name.lower() for tag in tags(state.spec, package)):
        old, new = list(find(state.spec, name, package)), list(find(state.goal.spec, name, package))
        if [tag.value for tag in old] != [tag.value for tag in new]:
            yield old, new


def _is_one(tag: Tag) -> bool:
    many = tag.name.partition("(")[0].lower() in _MANY
    return not many and "\n" not in tag.value and bool(tag.value)


def _put(overlay: SpecAddTag | SpecInsertTag | SpecRemoveTag | SpecUpdateTag) -> Move:
    return (overlay,)
