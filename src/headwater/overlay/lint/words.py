"""Lint that reads an overlay and nothing else: its reason, and the links of its metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator

from headwater.config.overlays import Overlay
from headwater.overlay.lint.finding import Finding, place_of
from headwater.overlay.nearest import kind_of

_LINK = re.compile(r"https?://[A-Za-z0-9\[][^\s/]*(/\S*)?")
_WORD = re.compile(r"[a-z0-9]+")
_OPEN = re.compile(r"(?:todo|fixme|tbd|xxx)\b", re.IGNORECASE)
# Words that say that something was done, and not why.
_EMPTY = frozenset(
    """a an the to of for in and add adds added remove removes removed delete deleted drop drops change changes changed update
    updates updated fix fixes fixed set sets bump replace replaced patch patches spec tag tags line lines section file files
    workaround hack needed required temporary package overlay build builds it this value version release""".split()  # noqa: SIM905
)


def lint_words(component: str, overlay: Overlay) -> Iterator[Finding]:
    """What can be said without the component's sources."""
    if message := _bad_reason(overlay):
        yield Finding(rule="no-reason", component=component, where=place_of(overlay), message=message)
    metadata = overlay.metadata
    for link in (*metadata.commits, *metadata.bugs) if metadata else ():
        if not _LINK.fullmatch(link.url):
            message = f"`{link.url}` is no address that a reader can open"
            yield Finding(rule="bad-link", component=component, where=link.where or place_of(overlay), message=message)


def _bad_reason(overlay: Overlay) -> str:
    said = overlay.description.strip()
    if not said:
        return "it does not say why it is there"
    if _OPEN.match(said):
        return f"its reason is still to be written: `{said}`"
    own = {word for text in _texts(overlay) for word in _WORD.findall(text.lower())}
    if set(_WORD.findall(said.lower())) <= _EMPTY | own:
        return f"`{said}` says what it does, which `hw diff` shows, and not why"
    return ""


def _texts(overlay: Overlay) -> Iterator[str]:
    yield kind_of(overlay)
    for name in ("tag", "value", "package", "section", "file", "source"):
        yield getattr(overlay, name, "")
