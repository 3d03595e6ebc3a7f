"""What checks find, and what becomes of it."""

from __future__ import annotations

import msgspec

from headwater.config.policy import Level


class Finding(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that a check is about: a path, a dependency, a soname or a licence (`name`) of a component's package."""

    component: str
    package: str
    check: str
    name: str
    detail: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A finding and what becomes of it; `reason` says why it is allowed, `note` which exception came to its end."""

    finding: Finding
    level: Level
    reason: str = ""
    expires: str = ""
    note: str = ""
