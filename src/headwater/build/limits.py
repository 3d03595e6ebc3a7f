"""Which limit a build met, where its log, or what was seen of it, says so: and what may be done."""

from __future__ import annotations

import re

import msgspec

from headwater.config.model import BuildRule
from headwater.engine import RESERVED, SAYS, Outcome

_SAID = re.compile(rf"^{re.escape(SAYS)}limit (\w+): ([ -~]*)$", re.MULTILINE)  # by our own script
_KILLED = re.compile(r"\bKilled\b|Error 137\b|terminated with signal 9\b|signal: 9\b")
_SIGNS = {  # how programs tell of a limit
    "disk": re.compile(r"File size limit exceeded|\bFile too large\b"),
    "processes": re.compile(
        r"fork: (?:retry: )?Resource temporarily unavailable|(?i:cannot (?:fork|create thread)|pthread_create failed)"
    ),
    "killed": _KILLED,
    "memory": re.compile(
        r"(?i)cannot allocate memory|memory exhausted|out of memory|std::bad_alloc|\bMemoryError\b|OutOfMemoryError"
    ),
    "timeout": re.compile(r"CPU time limit exceeded"),
}
_UNITS = {"timeout": ", in seconds", "memory": ", in MiB", "disk": ", in MiB", "log": ", in MiB", "processes": ""}
GIB = 1 << 30


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """What was met, a way on, and the `key` that sets it. `here` says that the machine is at its end, not only this build."""

    what: str
    hint: str
    key: str = ""
    here: bool = False


def limit_met(component: str, outcome: Outcome, lines: str, rule: BuildRule) -> Limit | None:
    """The limit that ended a build; `lines` are the last ones of its log."""
    if outcome.free is not None and outcome.free < RESERVED:
        left = f"{outcome.free / GIB:.1f} GiB were left, and {RESERVED / GIB:.0f} are kept free"
        hint = "hw store gc --free 10, or a store on a larger disk (hw --store DIR)"
        return Limit(what=f"the engine's disk was full: {left}", hint=hint, here=True)
    key, what = _seen(outcome, rule) or _said(lines) or _shown(lines, rule)
    if key == "timeout" and _SIGNS["processes"].search(lines):  # without a cgroup nobody ends who waits for processes
        key, what = "processes", f"{_together(rule)['processes']}, and {what}"
    if key in _UNITS:
        return Limit(what=what, hint=f"raise `{key}` in [components.{component}.build]{_UNITS[key]}", key=key)
    if what:
        return Limit(what=what, hint="hw --jobs 1 build" if key == "killed" else "")
    return None


_Met = tuple[str, str]  # the key that sets a limit, and what was met


def _together(rule: BuildRule) -> dict[str, str]:
    """What is said of a limit of all processes together."""
    return {
        "memory": f"its processes wanted more than {rule.memory} MiB of memory together",
        "disk": f"it wrote more than {rule.disk} MiB",
        "processes": f"it wanted more than {rule.processes} processes and threads",
    }


def _seen(outcome: Outcome, rule: BuildRule) -> _Met | None:
    """What was seen from outside."""
    if outcome.met:
        return outcome.met, _together(rule)[outcome.met]
    return ("timeout", f"it did not end within {rule.timeout} s") if outcome.timed_out else None


def _said(lines: str) -> _Met | None:
    """What our own script said, at the end."""
    found = list(_SAID.finditer(lines))
    return (found[-1][1], found[-1][2]) if found else None


def _shown(lines: str, rule: BuildRule) -> _Met:
    """What the messages of others look like."""
    words = {
        "disk": f"a file grew beyond {rule.disk} MiB",
        "processes": _together(rule)["processes"],
        "killed": "the machine had no memory left and killed a process",
        "memory": f"a process wanted more than {rule.memory} MiB of memory",
        "timeout": f"a process computed for more than {2 * rule.timeout} s",
    }
    return next(((key, words[key]) for key, sign in _SIGNS.items() if sign.search(lines)), ("", ""))
