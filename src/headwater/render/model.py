"""The package folder that is built and reviewed, as a value."""

from __future__ import annotations

import msgspec

from headwater.overlay.change import Change
from headwater.upstream.model import SourceTree


class RenderedPackage(msgspec.Struct, frozen=True, kw_only=True):
    """`upstream` before and `tree` after all overlays; `digest` covers all of `tree`.

    `extra` names files of `tree` that are made on each machine (a public key) and are never checked in.
    """

    component: str
    upstream: SourceTree
    tree: SourceTree
    changes: tuple[Change, ...]
    digest: str
    extra: tuple[str, ...] = ()
