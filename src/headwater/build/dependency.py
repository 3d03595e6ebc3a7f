"""A dependency as rpm writes it, as a value: `name >= version`, or a rich one such as `(a or (b with b < 3))`."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

_WORDS = frozenset({"and", "or", "if", "else", "unless", "with", "without"})
_COMPARE = re.compile(r"\s*(?:<=|>=|==|=|<|>)\s*[^\s()]+")
_NAME = re.compile(r"[^\s()]+(?:\([^()\s]*\))*")
_PIECE = re.compile(r"\s*(?:(?P<bracket>[()])|(?P<relation><=|>=|==|=|<|>)|(?P<word>[^\s()<>=]+(?:\([^()\s]*\))*))")
_SIMPLE = re.compile(r"(?P<name>\S+)(?:\s+(?P<relation><=|>=|==|=|<|>)\s*(?P<evr>\S+))?.*", re.DOTALL)
DEEPEST = 20  # brackets in brackets; rpm's own parser recurses, too


class Simple(msgspec.Struct, frozen=True, gc=False):
    """A name, and which versions of it; an empty relation is any."""

    name: str
    relation: str = ""
    evr: str = ""


class Rich(msgspec.Struct, frozen=True, gc=False):
    """Dependencies and the word between them; `other` is what stands behind `else`."""

    word: str
    parts: tuple[Dependency, ...]
    other: Dependency | None = None


Dependency = Simple | Rich


def names_in(dependency: str) -> tuple[str, ...]:
    """The names in a dependency: `foo >= 1` has one, `(a or pkgconfig(b) < 3)` two."""
    bare = _COMPARE.sub(" ", dependency).strip()
    if not bare.startswith("("):
        return tuple(bare.split()[:1])
    return tuple(dict.fromkeys(word for word in _NAME.findall(bare) if word not in _WORDS))


@lru_cache(maxsize=1 << 17)
def parse(text: str) -> Dependency:
    """What a dependency says. One that is no rich dependency of rpm's grammar is taken as its names, all of them needed."""
    text = text.strip()
    if not text.startswith("("):
        match = _SIMPLE.match(text)
        return Simple(match["name"], match["relation"] or "", match["evr"] or "") if match else Simple("")
    try:
        return _Reader(text).whole()
    except _Misread:
        return Rich("and", tuple(Simple(name) for name in names_in(text)))


def told(wanted: Dependency) -> str:
    """A dependency as rpm writes it."""
    if isinstance(wanted, Simple):
        return f"{wanted.name} {wanted.relation} {wanted.evr}".rstrip()
    other = f" else {told(wanted.other)}" if wanted.other else ""
    return f"({f' {wanted.word} '.join(map(told, wanted.parts))}{other})"


class _Misread(Exception):
    """Not of rpm's grammar."""


class _Reader:
    """Reads a rich dependency piece by piece."""

    def __init__(self, text: str) -> None:
        self._pieces = [match for match in _PIECE.finditer(text) if match.group().strip()]
        if sum(len(match.group()) for match in self._pieces) != len(text):
            raise _Misread
        self._next = 0

    def whole(self) -> Dependency:
        found = self._operand(DEEPEST)
        if self._next != len(self._pieces):
            raise _Misread
        return found

    def _take(self, kind: str, *values: str) -> str:
        """The next piece, if it is of this kind (and one of these); else nothing."""
        piece = self._pieces[self._next][kind] if self._next < len(self._pieces) else None
        if piece is None or (values and piece not in values):
            return ""
        self._next += 1
        return str(piece)

    def _operand(self, depth: int) -> Dependency:
        if not depth:
            raise _Misread
        if self._take("bracket", "("):
            found = self._inside(depth)
            if not self._take("bracket", ")"):
                raise _Misread
            return found
        name = self._take("word")
        if not name or name in _WORDS:
            raise _Misread
        relation = self._take("relation")
        return Simple(name, relation, self._take("word") if relation else "")

    def _inside(self, depth: int) -> Dependency:
        """What stands in brackets: one operand, or several with the same word between them."""
        parts, other = [self._operand(depth - 1)], None
        first = word = self._take("word", *_WORDS)
        while word:
            if word != first or word == "else" or other:
                raise _Misread
            parts.append(self._operand(depth - 1))
            if word in {"if", "unless"} and self._take("word", "else"):
                other = self._operand(depth - 1)
            word = self._take("word", *_WORDS)
        return Rich(first, tuple(parts), other) if first else parts[0]
