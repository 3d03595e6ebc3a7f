"""Licences: is the tag an SPDX expression, and do tag and packaged texts say the same? Pure, but for the list of texts.

Texts are known by words that stand in them, so a text that somebody changed may go unseen; none is taken for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
import rtoml

from headwater.check.header_checks import Told, is_debug
from headwater.rpm import Header
from headwater.rpm.licence import named

DATA = Path(__file__).with_name("licences.toml")


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A well-known text: one of `words` stands in it, `names` are the SPDX licences that it may be the text of."""

    names: frozenset[str]
    words: tuple[str, ...]


def of_tags(headers: Sequence[Header]) -> Iterator[tuple[Header, Told]]:
    """Tags that are no expression, each told once for a component, at the first package that has it."""
    seen: set[str] = set()
    for header in headers:
        if header.licence not in seen and named(header.licence) is None:
            yield header, ("licence-not-spdx", header.licence, "is no SPDX expression (https://spdx.org/licenses)")
        seen.add(header.licence)


def of_texts(headers: Sequence[Header], texts: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[Header, Told]]:
    """Where tags and texts differ; `texts` are those of %license files, by package and path."""
    usual = [header for header in headers if not is_debug(header) and header.arch != "src"]
    claims = {header.name: named(header.licence) for header in usual}
    if any(found is None for found in claims.values()):
        return  # told already, and all else would follow from it
    claimed = frozenset().union(*(found or frozenset() for found in claims.values()))
    there = frozenset[str]()
    for header in usual:
        for path, text in sorted(texts.get(header.name, {}).items()):
            for known in recognise(text):
                there |= known.names
                if not known.names & claimed:
                    detail = f"holds the text of {_some(known.names)}, which no License tag names"
                    yield header, ("licence-text-unclaimed", path, detail)
    yield from _forgotten(usual, claimed, there)


def _forgotten(headers: Sequence[Header], claimed: frozenset[str], there: frozenset[str]) -> Iterator[tuple[Header, Told]]:
    wellknown = {name for text in known_texts() for name in text.names}
    for name in sorted(claimed & wellknown - there):
        header = next(header for header in headers if name in (named(header.licence) or ()))
        yield header, ("licence-text-missing", name, "is named by the License tag, and its text is in no %license file")


def recognise(text: str) -> tuple[Text, ...]:
    """The well-known texts that stand in a file."""
    plain = re.sub(r"[\s*#/]+", " ", text.lower())
    return tuple(known for known in known_texts() if any(words in plain for words in known.words))


def _some(names: frozenset[str]) -> str:
    return " or ".join(sorted(names)[:3])


@cache
def known_texts() -> tuple[Text, ...]:
    return msgspec.convert(rtoml.loads(DATA.read_text())["text"], tuple[Text, ...])
