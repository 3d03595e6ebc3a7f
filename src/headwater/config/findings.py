"""Gathers every problem of a project, each with the place of the very key that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from headwater.config.ground import Rule
from headwater.errors import Failure, Kind, Problem
from headwater.origin import Origin
from headwater.suggest import nearest


class Keys(Protocol):
    """A table that can tell the place of each of its keys."""

    def __contains__(self, key: object, /) -> bool: ...

    @property
    def where(self) -> Origin: ...

    def place(self, key: str) -> Origin: ...


class Findings:
    """What was found while reading; the same problem met twice (by inheritance) counts once."""

    def __init__(self) -> None:
        self.problems: dict[Problem, None] = {}
        self.unread = False  # a file could not be read, so names may be missing that are only there
        self.tables: dict[Origin, Keys] = {}

    def remember(self, where: Origin, table: Keys) -> None:
        """Note the table at a place, so that the rule made from it can be asked for its keys later."""
        self.tables[where] = table

    def place(self, rule: Rule, key: str = "") -> Origin | None:
        """Where a key of a rule stands; the rule's own place if the key was not written."""
        if rule.where is None:
            return None
        table = self.tables.get(rule.where)
        if table is None:
            return rule.where
        return table.place(key) if key in table else table.where

    def add(self, where: Origin | None, what: str, *, why: str = "", hint: str = "") -> None:
        self.problems[Problem(kind=Kind.CONFIG, what=what, where=where, why=why, hint=hint)] = None

    def blame(self, rule: Rule, key: str, what: str, *, why: str = "", hint: str = "") -> None:
        """Add a problem at a key of a rule."""
        self.add(self.place(rule, key), what, why=why, hint=hint)

    def expect(self, rule: Rule, key: str, bad: str, what: str) -> None:
        """Blame a key if something is bad about it."""
        if bad:
            self.blame(rule, key, what, why=bad)

    def settle(self) -> None:
        """Raise everything that was found, in the order of files and lines."""
        if self.problems:
            raise Failure(sorted(self.problems, key=lambda problem: (problem.where or Origin(file=""), problem.what)))


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A hint for an unknown name: the nearest known one, else all of them if they are few."""
    known = sorted(filter(None, names))
    if near := nearest(name, known):
        return f"did you mean `{near}`?"
    if 0 < len(known) <= 24:  # as many as still read as a list
        return "known are " + ", ".join(f"`{each}`" for each in known)
    return ""
