"""An image as a value."""

from __future__ import annotations

from pathlib import Path

import msgspec

from headwater.rpm.model import Rpm


class Artefact(msgspec.Struct, frozen=True, kw_only=True):
    """One file (or OCI layout directory) of an image; `digest` is `sha256:...` of the file, or of the OCI manifest."""

    format: str
    path: Path
    digest: str
    size: int


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """What was composed: `root` is the digest of the canonical tar, `packages` what is in it, in order of name."""

    name: str
    kind: str
    key: str
    artefacts: tuple[Artefact, ...]
    root: str
    packages: tuple[Rpm, ...]
    seconds: float
    cached: bool
