"""That somebody does what packages' scriptlets would have done, kept by all that it follows from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from headwater.config.images import ImageRule
from headwater.config.workshop import BridgeRule
from headwater.digest import digest_of
from headwater.rpm.model import Rpm
from headwater.store import Store

VERSION = 1  # of who accounts for what


class Scripts(msgspec.Struct, frozen=True, kw_only=True):
    """What packages would run when they are installed.

    `read` gives for packages, by name and scriptlet, the text; that follows from the packages' digests and from `source`.
    """

    source: str
    read: Callable[[Sequence[Rpm]], Mapping[str, Mapping[str, str]]]


def account_for(rule: ImageRule, bridge: BridgeRule, packages: Sequence[Rpm], scripts: Scripts, store: Store) -> None:
    """Have somebody account for every deed; what was found to be so is not looked at again. Errors: Failure(IMAGE)."""
    said = [rule.name, rule.kind, rule.finishers, rule.scriptlets, bridge.scriptlets, bridge.fixups]
    key = digest_of([VERSION, said, sorted((rpm.name, rpm.digest) for rpm in packages), scripts.source])
    if store.use("accounted", key) is None:
        from headwater.image.scriptlets import check_scriptlets, read_scriptlets  # noqa: PLC0415 only for what is new

        check_scriptlets(rule, read_scriptlets(rule, bridge, packages, scripts.read(packages)))
        store.put("accounted", key, {})
