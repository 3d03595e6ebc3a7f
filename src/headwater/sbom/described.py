"""Packages in the words of both formats, written by the formats' own libraries: once for each package, kept by what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from headwater.digest import digest_of
from headwater.sbom.model import Described, Facts, Headers, Held
from headwater.store import Store

VERSION = 2  # of what is written


def described(packages: Sequence[Held], facts: Facts, headers: Headers, store: Store) -> dict[str, Described]:
    """The packages by `Rpm.digest`."""
    keys = {held.rpm.digest: digest_of([VERSION, told(held, facts)]) for held in packages}
    found = {digest: store.use("described", key) for digest, key in keys.items()}
    missing = [held for held in packages if found[held.rpm.digest] is None]
    for digest, one in _describe(missing, headers, facts).items() if missing else ():
        found[digest] = store.put("described", keys[digest], {}, facts=msgspec.to_builtins(one))
    return {digest: msgspec.convert(known.facts, Described) for digest, known in found.items() if known}


def told(held: Held, facts: Facts) -> list[Any]:
    """All that is told of a package but for its files; its header follows from its digest."""
    return [held.rpm, held.deb, held.origin, facts.distro, facts.vendor]


def _describe(packages: Sequence[Held], headers: Headers, facts: Facts) -> dict[str, Described]:
    # the formats' libraries and the list of licences take longer to load than an image to be composed
    from headwater.rpm.licence import expression, references  # noqa: PLC0415 as said
    from headwater.sbom.cyclonedx_components import components  # noqa: PLC0415 as said
    from headwater.sbom.spdx_packages import spdx_packages  # noqa: PLC0415 as said

    known = tuple(zip(packages, headers([held.rpm for held in packages]), strict=True))
    spdx, cyclonedx = spdx_packages(known, facts), components(known, facts)
    return {
        held.rpm.digest: Described(
            spdx=spdx[held.rpm.digest],
            cyclonedx=cyclonedx[held.rpm.digest],
            licence=header.licence,
            references=tuple(references(expression(header.licence) or "")),
        )
        for held, header in known
    }
