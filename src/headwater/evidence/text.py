"""A chain as words for people; JSON is for programs."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.evidence.model import Chain, Link

LABEL = 10  # columns of the left edge
SHORT = 16  # digits of a digest that people compare
WIDTH = 90  # columns of a line of further words
ROOT = ("package/", "root/")  # inputs of a build that are not the component's own


def as_text(chain: Chain) -> str:
    """The chain, top to bottom: what, the reason in quotes, the line that says so, the digest, and what hangs on each."""
    lines = [chain.thing, *(line for link in chain.links for line in _link(link))]
    lines += [f"{'':2}{'unknown':{LABEL}} {said}" for said in chain.unknown]
    return "\n".join(lines) + "\n"


def _link(link: Link) -> Iterator[str]:
    edge = "  " + "    " * link.depth
    yield f"{edge}{link.kind:{LABEL}} {link.what}"
    under = edge + " " * (LABEL + 1)
    if link.reason:
        yield f'{under}"{link.reason.strip()}"'
    if link.where:
        yield f"{under}{link.where}" + (f" ({link.where.key})" if link.where.key else "")
    if link.digest:
        yield f"{under}{_short(link.digest)}"
    yield from (under + line for line in _facts(link))


def _facts(link: Link) -> Iterator[str]:
    """A link's further words, as many on a line as fit."""
    line = ""
    for piece in _pieces(link):
        if line and len(line) + len(piece) > WIDTH:
            yield line
            line = ""
        line += f", {piece}" if line else piece
    if line:
        yield line


def _pieces(link: Link) -> Iterator[str]:
    """Name and value; of a build's inputs the component's own one by one, its build root as a number (JSON has all)."""
    root = [name for name in link.facts if name.startswith(ROOT)]
    for name, value in link.facts.items():
        if name not in root:
            yield f"{name} {_short(value)}".rstrip()
    if root:
        yield f"and {len(root)} inputs of its build root (--json lists them)"


def _short(value: str) -> str:
    """A digest to its first digits; other words whole."""
    algorithm, colon, digest = value.rpartition(":")
    if len(digest) >= 64 and all(char in "0123456789abcdef" for char in digest):
        return f"{algorithm}{colon}{digest[:SHORT]}"
    return value
