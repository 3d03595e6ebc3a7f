"""XML that others wrote, as a tree with lines: no document type, no entities, nothing fetched, everything bounded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from headwater.errors import Failure, Kind, fail
from headwater.origin import Origin

MOST, DEEPEST, LARGEST = 20_000, 50, 4 << 20  # elements, levels, bytes


class Element:
    """One element: `text` is what stands in it before its first child; whoever reads a thing takes it, and the rest is told."""

    def __init__(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self.tag, self.attributes, self.line = tag, attributes, line
        self.children: list[Element] = []
        self.words = ""
        self.taken = False
        self.read: set[str] = set()

    def take(self, *tags: str) -> Iterator[Element]:
        """The children of these names, each read by that."""
        for child in self.children:
            if child.tag in tags:
                child.taken = True
                yield child

    def get(self, name: str) -> str:
        """An attribute, read by that; empty where there is none."""
        self.read.add(name)
        return self.attributes.get(name, "").strip()

    @property
    def text(self) -> str:
        return " ".join(self.words.split())

    def rest(self) -> Iterator[tuple[int, str]]:
        """Everything that nobody read, with its line."""
        for name, value in self.attributes.items():
            if name not in self.read:
                yield self.line, f'{self.tag} {name}="{value[:100]}"'
        for child in self.children:
            if child.taken:
                yield from child.rest()
            else:
                told = " ".join(f'{name}="{value[:60]}"' for name, value in child.attributes.items())
                yield child.line, f"{child.tag} {told or child.text[:100]}".rstrip()


def read_markup(file: Path, root: str) -> Element:
    """The tree of a file whose first element is `root`.

    Errors: Failure(USAGE) for a file that is not there, Failure(SOURCE) for one that is not like that.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise fail(Kind.USAGE, f"`{file}` cannot be read", why=error.strerror or str(error)) from None
    if len(content) > LARGEST:
        raise _refused(file, 0, f"it has more than {LARGEST >> 20} MiB")
    top = _Reader(file).read(content)
    if top.tag != root:
        raise _refused(file, top.line, f"it begins with `{top.tag}`, expected `{root}`")
    return top


class _Reader:
    def __init__(self, file: Path) -> None:
        self.file, self.count = file, 0
        self.open: list[Element] = []
        self.top: Element | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = lambda _: self.open.pop()
        self.parser.CharacterDataHandler = self._words

    def read(self, content: bytes) -> Element:
        try:
            self.parser.Parse(content, True)  # noqa: FBT003 expat's own
        except (expat.ExpatError, ValueError, LookupError) as error:  # also an encoding that is none
            raise _refused(self.file, self.parser.CurrentLineNumber, str(error)) from None
        assert self.top, "expat takes no document without an element"
        return self.top

    def _doctype(self, *_: object) -> NoReturn:
        raise _refused(self.file, self.parser.CurrentLineNumber, "it has a document type, by which entities could be defined")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MOST or len(self.open) >= DEEPEST:
            why = f"it has more than {MOST:,} elements, or more than {DEEPEST} in one another"
            raise _refused(self.file, self.parser.CurrentLineNumber, why)
        made = Element(tag, attributes, self.parser.CurrentLineNumber)
        if self.open:
            self.open[-1].children.append(made)
        else:
            self.top = made
        self.open.append(made)

    def _words(self, words: str) -> None:
        if not self.open[-1].children:
            self.open[-1].words += words


def _refused(file: Path, line: int, why: str) -> Failure:
    return fail(Kind.SOURCE, f"`{file.name}` is not read", where=Origin(file=str(file), line=line), why=why)
