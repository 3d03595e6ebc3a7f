"""Licences as SPDX expressions; what is no expression becomes a reference with its words kept."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from license_expression import ExpressionError, ExpressionParseError, get_spdx_licensing

from headwater.digest import digest_bytes

REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_UNSAID = {"", "(none)", "NOASSERTION", "NONE"}


@cache
def expression(said: str) -> str | None:
    """A valid SPDX expression for what a package says of its licence; None where it says nothing.

    Names that SPDX does not list and that are no LicenseRef make the whole text one reference.
    """
    if said.strip() in _UNSAID:
        return None
    try:
        parsed = licensing().parse(said)
    except (ExpressionError, ExpressionParseError):
        return own_reference(said)
    unknown = [key for key in licensing().unknown_license_keys(parsed) if not REFERENCE.fullmatch(key)]
    return own_reference(said) if unknown else str(parsed)


def own_reference(said: str) -> str:
    """The reference for a text that is no expression."""
    return f"LicenseRef-Headwater-{digest_bytes(said.encode())[:12]}"


def references(text: str) -> list[str]:
    """The references that an expression uses, each once, sorted."""
    return sorted(set(REFERENCE.findall(text)))


@cache
def licensing() -> Any:
    """The list of licences; reading it takes a moment, so it is read when first needed."""
    return get_spdx_licensing()
