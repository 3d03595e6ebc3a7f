"""Problems as values: what is wrong, where, why, and what to type next."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

import msgspec

from headwater.origin import Origin


class Kind(Enum):
    """The families of problems; the value is the process's exit code."""

    DRIFT = 1  # the answer to a check is no: rendered tree drifted, image lacks what was promised
    USAGE = 2  # the command line
    CONFIG = 3  # TOML of the project
    SOURCE = 4  # upstream: missing, unreachable, wrong digest, hostile archive
    SPEC = 5  # a spec file that cannot be read or that rpm rejects
    OVERLAY = 6  # an overlay that does not bite, or bites wrongly
    TOOL = 7  # the toolbox, or another program that failed
    BUILD = 8  # a package that does not build
    SIGNATURE = 9  # a key, a signature, or its absence
    REPOSITORY = 10  # packages that do not fit together
    IMAGE = 11  # an image that cannot be composed or does not boot
    STORE = 12  # disk full, damaged results, locks
    IRREPRODUCIBLE = 13  # a package or an image that is not the same bytes when it is built again
    CHECK = 14  # a built package that is not as packages have to be
    INTERNAL = 70  # a broken invariant (EX_SOFTWARE of sysexits.h)
    INTERRUPTED = 130  # Ctrl-C (128 + SIGINT)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong.

    `what` names the thing in backticks, `why` says what was found and what was expected, `hint` can be typed.
    """

    kind: Kind
    what: str
    where: Origin | None = None
    why: str = ""
    hint: str = ""


class Failure(Exception):
    """Work that stopped, with every problem that was found on the way; never empty."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        assert self.problems, "a Failure says at least one Problem"
        super().__init__("\n".join(problem.what for problem in self.problems))

    @property
    def kind(self) -> Kind:
        return self.problems[0].kind


def fail(kind: Kind, what: str, *, where: Origin | None = None, why: str = "", hint: str = "") -> Failure:
    """A Failure of one Problem, ready to be raised."""
    return Failure([Problem(kind=kind, what=what, where=where, why=why, hint=hint)])
