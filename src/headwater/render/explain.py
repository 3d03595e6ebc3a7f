"""The deviation of one component as a page (CommonMark): each overlay under its reason, with its hunks, links and totals."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from headwater.config.overlays import Metadata, Overlay
from headwater.origin import Origin
from headwater.overlay.change import Change
from headwater.render.diff import Piece, changed_files, pieces
from headwater.render.model import RenderedPackage
from headwater.render.release import RELEASE

_FENCE = re.compile(r"^.?(`{3,})", re.MULTILINE)
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|])")


def explain(package: RenderedPackage, overlays: Sequence[Overlay]) -> str:
    """The page. `overlays` are the component's own; what the build table asked for is explained as well."""
    found = _by_place(package)
    reasons = {change.where: change for change in package.changes}
    asked = sum(change.kind != RELEASE for change in reasons.values())
    known = {overlay.where: overlay.metadata for overlay in overlays}
    parts = [f"# Deviations of {_plain(package.component)}\n\n{_totals(package, found, asked)}\n"]
    for title, places in _groups(reasons).items():
        parts.append(f"## {title}\n")
        for where in places:
            parts += _one(reasons[where], known.get(where), found.get(where, []))
    return "\n".join(parts)


def _by_place(package: RenderedPackage) -> dict[Origin, list[tuple[str, Piece]]]:
    """The hunks of each overlay, with their file."""
    found: defaultdict[Origin, list[tuple[str, Piece]]] = defaultdict(list)
    for name, changes in changed_files(package).items():
        for piece in pieces(changes, alone=True):
            found[piece.author.where].append((name, piece))
    return found


def _groups(reasons: dict[Origin, Change]) -> dict[str, list[Origin]]:
    """Overlays with the same reason share a heading, in the order in which they run."""
    found: defaultdict[str, list[Origin]] = defaultdict(list)
    for where, change in reasons.items():
        found[" ".join(change.description.split()) or "Without a reason"].append(where)
    return found


def _one(change: Change, metadata: Metadata | None, found: Sequence[tuple[str, Piece]]) -> Iterator[str]:
    yield f"`{change.kind}` at `{change.where}`\n"
    if metadata:
        yield "".join(f"- {line}\n" for line in _told(metadata))
    if not found:
        yield "Later overlays leave nothing of it.\n"
    for name in dict.fromkeys(name for name, _ in found):
        text = "".join(piece.text for other, piece in found if other == name)
        fence = "`" * (max((len(run) for run in _FENCE.findall(text)), default=2) + 1)
        yield f"In `{name}`:\n\n{fence}diff\n{text}{fence}\n"


def _told(metadata: Metadata) -> Iterator[str]:
    yield f"{metadata.category}, {metadata.upstream_status}"
    for word, links in (("Commit", metadata.commits), ("Bug", metadata.bugs)):
        yield from (f"{word}: <{link.url}>" for link in links)


def _totals(package: RenderedPackage, found: dict[Origin, list[tuple[str, Piece]]], count: int) -> str:
    texts = [line for hunks in found.values() for _, piece in hunks for line in piece.text.split("\n")]
    added, removed = (sum(line.startswith(sign) for line in texts) for sign in "+-")
    files = len({name for hunks in found.values() for name, _ in hunks})
    pin = package.upstream.pin
    source = f"{pin.kind} {pin.name}" + (f" at {pin.digest[:12]}" if pin.digest else "")
    changed, touched = _count(count, "overlay"), _count(files, "file")
    return f"{changed} in {touched} of {_plain(source)}: {_count(added, 'line')} more, {_count(removed, 'line')} less."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _plain(text: str) -> str:
    """Text that means nothing to Markdown."""
    return _SIGNS.sub(r"\\\1", text)
