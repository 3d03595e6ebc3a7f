"""The checks of built packages as data: id, level, what is found, and why it is asked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import rtoml

from headwater.config.policy import Level

DATA = Path(__file__).with_name("package_checks.toml")
RPMLINT = "rpmlint/"  # how the ids of its findings begin


class PackageCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that packages are asked."""

    id: str
    level: Level
    finds: str
    reason: str


@cache
def catalogue() -> dict[str, PackageCheck]:
    """All checks by id, our own first."""
    said = rtoml.loads(DATA.read_text())
    own = {name: {"id": name, **check} for name, check in said["own"].items()}
    finds = "what rpmlint finds under this name"
    lint = {f"{RPMLINT}{name}": {"id": f"{RPMLINT}{name}", "finds": finds, **check} for name, check in said["rpmlint"].items()}
    return msgspec.convert(own | lint, dict[str, PackageCheck])
