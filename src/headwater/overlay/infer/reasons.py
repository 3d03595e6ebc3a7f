"""What each overlay is still to be asked: the reason that only people know."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any

import msgspec

from headwater.config import overlays as o
from headwater.overlay.infer.difference import plain
from headwater.spec import Document, Section

_REGEX = re.compile(r"\(\?m\)|\^|\$$|\\b|\\(?=.)", re.MULTILINE)  # what inferred regexes have and text has not
_LONG = 60  # characters of a text that a question repeats


def with_questions(overlays: Sequence[o.Overlay]) -> tuple[o.Overlay, ...]:
    """The overlays with descriptions to be written over."""
    anew = {name for one in overlays for name in _gone(one)} & {name for one in overlays for name in _back(one)}
    return tuple(msgspec.structs.replace(one, description=f"TODO: why {_what(one, anew)}") for one in overlays)


def _what(overlay: o.Overlay, anew: set[str]) -> str:
    """`anew` names sections and files that one overlay takes out and another puts back."""
    if names := [name for name in (*_gone(overlay), *_back(overlay)) if name in anew]:
        return f"{', '.join(f'`{name}`' for name in names)} {'is' if len(names) == 1 else 'are'} written anew"
    return next(say(overlay) for kinds, say in _SAYINGS if isinstance(overlay, kinds))


def _gone(overlay: o.Overlay) -> tuple[str, ...]:
    match overlay:
        case o.SpecRemoveSection():
            return (f"{overlay.section} {overlay.package}".strip(),)
        case o.FileRemove():
            return (overlay.file,)
        case _:
            return ()


def _back(overlay: o.Overlay) -> tuple[str, ...]:
    match overlay:
        case o.SpecAppendLines() | o.SpecPrependLines():
            return tuple(map(_named, Document("\n".join(overlay.lines)).sections[1:]))
        case o.FileAdd():
            return (overlay.file,)
        case _:
            return ()


def _named(section: Section) -> str:
    return f"{section.name} {section.package}".strip()


def _set_tag(overlay: o.SpecUpdateTag) -> str:
    return f"`{overlay.tag}`{_of(overlay.package)} is `{_short(overlay.value)}`"


def _more_tags(overlay: o.SpecInsertTag) -> str:
    return f"`{overlay.tag}: {_short(overlay.value)}`{_of(overlay.package)} is wanted"


def _fewer_tags(overlay: o.SpecRemoveTag) -> str:
    tag = f"{overlay.tag}: {_short(overlay.value)}" if overlay.value else overlay.tag
    return f"`{tag}`{_of(overlay.package)} is not wanted"


def _more_lines(overlay: o.SpecAppendLines) -> str:
    if sections := _back(overlay):
        return f"{', '.join(f'`{name}`' for name in sections)} {'is' if len(sections) == 1 else 'are'} wanted"
    return f"{_lines(overlay.lines)} {_in(overlay)}"


def _other_lines(overlay: o.SpecSearchReplace) -> str:
    old = _REGEX.sub("", overlay.regex)
    if plain(overlay.replacement) == plain(old):
        return f"white space is otherwise {_in(overlay)}; it may not matter, then remove this overlay"
    if not overlay.replacement:
        return f"{_lines(tuple(old.splitlines()), 'goes', 'go')} {_in(overlay)}"
    if "\n" in old:
        return f"these lines read otherwise {_in(overlay)}"
    return f"{_lines(tuple(overlay.replacement.splitlines()))} {_in(overlay)}"


def _no_section(overlay: o.SpecRemoveSection) -> str:
    return f"`{f'{overlay.section} {overlay.package}'.strip()}` is not wanted"


def _brought(overlay: o.PatchAdd | o.FileAdd) -> str:
    return f"`{overlay.file or PurePosixPath(overlay.source).name}` is needed"


_SAYINGS: tuple[tuple[tuple[type, ...], Callable[[Any], str]], ...] = (
    ((o.SpecUpdateTag, o.SpecSetTag), _set_tag),
    ((o.SpecAddTag, o.SpecInsertTag), _more_tags),
    ((o.SpecRemoveTag,), _fewer_tags),
    ((o.SpecPrependLines, o.SpecAppendLines), _more_lines),
    ((o.SpecSearchReplace,), _other_lines),
    ((o.SpecRemoveSection,), _no_section),
    ((o.SpecRemoveSubpackage,), lambda overlay: f"`{overlay.package}` is not made"),
    ((o.PatchAdd, o.FileAdd), _brought),
    ((o.PatchRemove, o.FileRemove), lambda overlay: f"`{overlay.file}` is not needed"),
    ((o.FileRename,), lambda overlay: f"`{overlay.file}` is called `{overlay.replacement}`"),
    ((o.FilePrependLines, o.FileSearchReplace), lambda overlay: f"`{overlay.file}` reads otherwise"),
)


def _of(package: str) -> str:
    return f" of `{package}`" if package else ""


def _in(overlay: o.SpecSearchReplace | o.SpecAppendLines) -> str:
    return f"in `{f'{overlay.section} {overlay.package}'.strip()}`" if overlay.section else "in the spec"


def _lines(lines: tuple[str, ...], one: str = "stands", more: str = "stand") -> str:
    told = [line for line in lines if line.strip()]
    return f"`{_short(told[0])}` {one}" if len(told) == 1 else f"{len(lines)} lines {more}"


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _LONG else f"{text[:_LONG].rstrip()} ..."
