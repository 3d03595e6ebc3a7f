"""Where a value came from: file, line, key."""

from __future__ import annotations

import msgspec


class Origin(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A place in a file that a person can open.

    `line` and `column` count from 1; 0 means the place is the whole file or line. `key` is the dotted TOML key, if any.
    """

    file: str
    line: int = 0
    column: int = 0
    key: str = ""

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        return place
