"""The files that inferred overlays bring, copied to where the project wants them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from headwater.config.overlays import FileAdd, Overlay, PatchAdd
from headwater.errors import Kind, fail
from headwater.overlay.infer.infer import Inference


def copy_brought(found: Inference, folder: Path) -> Inference:
    """The same inference with its files in `folder`, and overlays that name them as a TOML file beside that folder does.

    What is there with the same content stays; other content is never written over. Raises Failure(USAGE).
    """
    for name, source in found.brought.items():
        _copy(Path(source), folder / name)
    placed = {source: f"{folder.absolute().name}/{name}" for name, source in found.brought.items()}
    return msgspec.structs.replace(found, overlays=tuple(_placed(overlay, placed) for overlay in found.overlays))


def _placed(overlay: Overlay, places: Mapping[str, str]) -> Overlay:
    if isinstance(overlay, PatchAdd | FileAdd):
        return msgspec.structs.replace(overlay, source=places[overlay.source])
    return overlay


def _copy(source: Path, target: Path) -> None:
    content, mode = source.read_bytes(), 0o755 if source.stat().st_mode & 0o100 else 0o644
    if target.exists():
        if target.read_bytes() != content:
            raise fail(
                Kind.USAGE, f"`{target}` is there already", why="it has other content", hint="give -o a folder that is new"
            )
        target.chmod(mode)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}-{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.chmod(mode)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
