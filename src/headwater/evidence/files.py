"""Files of evidence: written whole, and not touched where nothing changed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file beside its place and rename it; a file with this content already stays as it is."""
    if not path.exists() or path.read_bytes() != content:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(beside).chmod(0o644)
        Path(beside).rename(path)
    return path
