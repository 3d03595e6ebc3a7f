"""A chain as words for people; JSON is for programs."""

from __future__ import annotations

from collections.abc import Iterator

from headwater.evidence.model import Chain, Link

LABEL = 10  # columns of the left edge
SHORT = 16  # digits of a digest that people compare
SOURCES = ("source/", "archive/")


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
    yield from (under + line for line in (_inputs(link) if link.kind == "build" else _facts(link)))


def _facts(link: Link) -> Iterator[str]:
    for name, value in link.facts.items():
        yield f"{name} {_short(value)}".rstrip()


def _inputs(link: Link) -> Iterator[str]:
    """A build's inputs: what is the component's own one by one, the build root as a number (JSON has all)."""
    root = [name for name in link.facts if name.startswith("package/")]
    for name, value in link.facts.items():
        if name.startswith(SOURCES) or "/" not in name:
            yield f"{name} {_short(value)}"
    if root:
        yield f"{len(root)} packages in its build root, each by digest (--json)"


def _short(value: str) -> str:
    """A digest to its first digits; other words whole."""
    algorithm, colon, digest = value.rpartition(":")
    if len(digest) >= 40 and all(char in "0123456789abcdef" for char in digest):
        return f"{algorithm}{colon}{digest[:SHORT]}"
    return value
