"""What an overlay that does not bite is told: what it looked for, and the nearest thing seen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from headwater import suggest
from headwater.config.overlays import Overlay
from headwater.errors import Failure, Kind, fail

_ALIKE = 0.5  # below this likeness a line is no help
_MOST = 5_000  # lines looked at
_ESCAPE = re.compile(r"\\([sdwbSDWBAz])|\\(.)|\(\?[a-zA-Z-]+\)|[\^$()\[\]{}*+?|]")


def kind_of(overlay: Overlay) -> str:
    """The overlay's kind as TOML spells it."""
    return str(overlay.__struct_config__.tag)


def refuse(overlay: Overlay, what: str, *, why: str = "", hint: str = "") -> Failure:
    """The failure of one overlay, to be raised."""
    return fail(Kind.OVERLAY, f"`{kind_of(overlay)}`: {what}", where=overlay.where, why=why, hint=hint)


def already(overlay: Overlay, what: str) -> Failure:
    """The failure of an overlay whose work upstream has done."""
    return refuse(overlay, f"already applied: {what}", hint="remove this overlay; upstream has what it asks for")


def nearest(wanted: str, lines: Iterable[tuple[int, str]], name: str = "") -> str:
    """`the nearest is line 7: ...`, or that nothing is near; `name` says of which file."""
    best, place = _ALIKE, ""
    plain = _plain(wanted)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(plain)
    for number, text in list(lines)[:_MOST]:
        matcher.set_seq1(_plain(text))
        score = max(matcher.ratio(), matcher.find_longest_match().size / max(len(plain), 6))
        if score > best:
            best, place = score, f"the nearest is line {number}{name and f' of `{name}`'}: `{text.strip()[:120]}`"
    return place or "nothing like it was seen"


def did_you_mean(wanted: str, known: Iterable[str]) -> str:
    """A hint for a name that nothing has: the nearest that something has; empty where none is near."""
    near = suggest.nearest(wanted, known)
    return f"did you mean `{near}`?" if near else ""


def literal_part(regex: str) -> str:
    """A regex without its signs: what its author probably saw."""
    return _ESCAPE.sub(lambda found: found[2] or " ", regex)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())[:200]
