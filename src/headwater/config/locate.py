"""The line of a place of which only file and key are known: looked for when somebody is to be told."""

from __future__ import annotations

from pathlib import Path

import msgspec

from headwater.errors import Failure
from headwater.origin import Origin

MOST = 16 << 20  # bytes of a TOML file that is read for it


def locate(where: Origin, root: Path) -> Origin:
    """The place with its line and column, where its file (as seen from `root`) still says so; else the place as it is."""
    if where.line or not where.key or not where.file.endswith(".toml"):
        return where
    from headwater.config.places import parse_key, places_of  # noqa: PLC0415 only when something is told

    try:
        path = root / where.file
        text = path.read_bytes().decode() if path.stat().st_size <= MOST else ""
        line, column = places_of(text.replace("\r\n", "\n")).get(parse_key(where.key), (0, 0))
    except (OSError, UnicodeDecodeError, IndexError, Failure):  # the file is another by now
        return where
    return msgspec.structs.replace(where, line=line, column=column)
