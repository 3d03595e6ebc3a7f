"""What a build takes and gives."""

from __future__ import annotations

import msgspec

from headwater.rpm.model import Rpm


class BuiltPackage(msgspec.Struct, frozen=True, kw_only=True):
    """What one component became. `inputs` names every input of the build by digest; `action` is the engine's action digest.

    Where packages of bootstrap variants were in its root, its input `bootstrap` names them.
    """

    component: str
    key: str
    rpms: tuple[Rpm, ...]
    log: str  # digest of the build log in the store
    seconds: float
    cached: bool
    reason: str
    inputs: dict[str, str]
    action: str = ""
