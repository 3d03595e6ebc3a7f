"""Which limit a build met, where its log, or what was seen of it, says so: and what may be done."""

from __future__ import annotations

import re

import msgspec

from headwater.config.model import BuildRule
from headwater.engine import RESERVED, Outcome

_FILE = re.compile(r"File size limit exceeded|\bFile too large\b")
_KILLED = re.compile(r"\bKilled\b|Error 137\b|terminated with signal 9\b|signal: 9\b")
_MEMORY = re.compile(
    r"(?i)cannot allocate memory|memory exhausted|out of memory|std::bad_alloc|\bMemoryError\b|OutOfMemoryError"
)
GIB = 1 << 30


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What was met, and a way on. `here` says that the machine is at its end, not only this build."""

    what: str
    hint: str
    here: bool = False


def limit_met(component: str, outcome: Outcome, lines: str, rule: BuildRule) -> Limit | None:
    """The limit that ended a build; `lines` are the last ones of its log."""
    setting = f"in [components.{component}.build]"
    if outcome.free is not None and outcome.free < RESERVED:
        left = f"{outcome.free / GIB:.1f} GiB were left, and {RESERVED / GIB:.0f} are kept free"
        hint = "hw store gc, or a store on a larger disk (hw --store DIR)"
        return Limit(what=f"the engine's disk was full: {left}", hint=hint, here=True)
    if outcome.timed_out:
        return Limit(what=f"it did not end within {rule.timeout} s", hint=f"raise `timeout` {setting}, in seconds")
    if _FILE.search(lines):
        return Limit(what=f"a file grew beyond {rule.disk} MiB", hint=f"raise `disk` {setting}, in MiB")
    if _KILLED.search(lines):
        return Limit(what="the machine had no memory left and killed a process", hint="hw --jobs 1 build")
    if _MEMORY.search(lines):
        return Limit(what=f"a process wanted more than {rule.memory} MiB of memory", hint=f"raise `memory` {setting}, in MiB")
    return None
