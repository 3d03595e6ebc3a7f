"""Overlays as TOML that is ready to paste, in the order and the quotes that a person would choose."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from headwater.config.overlays import Overlay

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ORDER = ("type", "package", "section", "tag", "value", "file", "archive", "source", "regex", "replacement", "lines")
_ESCAPES = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
_WIDTH = 100  # characters of an array that stays on one line


def write_overlays(component: str, overlays: Iterable[Overlay]) -> str:
    """One `[[components.NAME.overlays]]` table for each, the reason last; it reads back as the same overlays."""
    name = component if _BARE.fullmatch(component) else write_text(component)
    return "\n".join(f"[[components.{name}.overlays]]\n{write_overlay(overlay)}" for overlay in overlays)


def write_overlay(overlay: Overlay) -> str:
    """The keys of one overlay, a line each; what has its default is left out, and so is where it came from."""
    data = {key: value for key, value in msgspec.to_builtins(overlay).items() if key != "where"}
    rest = sorted(key for key in data if key not in {*_ORDER, "description"})
    keys = [key for key in (*_ORDER, *rest, "description") if key in data]
    return "".join(f"{key} = {_write(data[key])}\n" for key in keys)


def write_text(text: str) -> str:
    """A TOML string: with escapes only where nothing else will do. What cannot be seen is always escaped."""
    if "\n" in text and _is_seen(text.replace("\n", "").replace("\t", "")) and "'''" not in text and not text.endswith("'"):
        return f"'''\n{text}'''"
    if ("\\" in text or '"' in text) and "'" not in text and _is_seen(text):
        return f"'{text}'"
    return '"' + "".join(_escape(sign) for sign in text) + '"'


def _is_seen(text: str) -> bool:
    return text.isprintable() or not text


def _write(value: object) -> str:
    match value:
        case str():
            return write_text(value)
        case dict():
            return f"{{ {', '.join(f'{key} = {_write(inner)}' for key, inner in value.items())} }}"
        case _:
            assert isinstance(value, list | tuple), "overlays hold text, lists and tables"
            return _write_list([_write(inner) for inner in value])


def _write_list(items: list[str]) -> str:
    line = f"[{', '.join(items)}]"
    if len(items) < 2 or (len(line) <= _WIDTH and "\n" not in line):
        return line
    return "[\n" + "".join(f"  {item},\n" for item in items) + "]"


def _escape(sign: str) -> str:
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    return sign if sign.isprintable() else f"\\u{ord(sign):04X}" if ord(sign) < 1 << 16 else f"\\U{ord(sign):08X}"
