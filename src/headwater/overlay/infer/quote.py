"""Text as an RE2 pattern that means just this text, as readable as may be."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from headwater.overlay.infer.difference import shared
from headwater.overlay.match import compile_glob

_MANY = 4  # files that are better removed by one glob than one by one
_SIGNS = re.compile(r"[\\.+*?()|\[\]^$]|\{(?=\d+(?:,\d*)?\})|[\t\n\r\f\v]")
_NAMES = {"\t": r"\t", "\n": r"\n", "\r": r"\r", "\f": r"\f", "\v": r"\v"}


def quote(text: str) -> str:
    """A brace means itself, as in `%{name}`, unless it could be a count."""
    return _SIGNS.sub(lambda sign: _NAMES.get(sign[0], "\\" + sign[0]), text)


def whole_line(*texts: str) -> str:
    """The pattern of a line, or of any of several lines, from end to end."""
    return f"^{quote(texts[0])}$" if len(texts) == 1 else f"^(?:{'|'.join(map(quote, texts))})$"


def words(text: str) -> str:
    """The pattern of text within a line, which begins and ends where words do."""
    start = r"\b" if re.match(r"\w", text, re.ASCII) else ""
    end = r"\b" if re.search(r"\w\Z", text, re.ASCII) else ""
    return f"{start}{quote(text)}{end}"


def quote_glob(name: str) -> str:
    """A file name as a glob that matches nothing else."""
    return re.sub(r"[*?\[{]", lambda sign: f"[{sign[0]}]", name)


def globs(names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Globs that fit many of the names at once, and none else of the known ones."""
    groups: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name in names:
        groups[name[:1], PurePosixPath(name).suffix].append(name)
    others = set(known).difference(names)
    for group in groups.values():
        glob = f"{quote_glob(_start(group))}*{quote_glob(_end(group))}"
        if len(group) >= _MANY and not any(map(compile_glob(glob).match, others)):
            yield glob


def _start(names: Sequence[str]) -> str:
    first, last = min(names), max(names)
    return first[: shared(first, last)]


def _end(names: Sequence[str]) -> str:
    """What all have in common behind their common start."""
    start = len(_start(names))
    return _start([name[start:][::-1] for name in names])[::-1]


def whole_lines(old: str, new: str) -> tuple[str, str]:
    """Pattern and replacement for a text of whole lines that is searched at once; both texts keep their line ends.

    One line is written as people would; of several, each is written with its end, so that an empty one is no other's.
    """
    if old.count("\n") == 1 and old.endswith("\n") and new.endswith("\n") and old.strip():
        return f"(?m)^{quote(old[:-1])}$", new[:-1]
    end = "" if old.endswith("\n") else r"\z"
    return "(?m)^" + "\n".join(map(quote, old.split("\n"))) + end, new
