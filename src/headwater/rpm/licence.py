"""Licences as SPDX expressions; what is no expression becomes a reference with its words kept."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from license_expression import ExpressionError, ExpressionParseError, get_spdx_licensing

from headwater.digest import digest_bytes

REFERENCE = re.compile(r"LicenseRef-[A-Za-z0-9.-]+")
_OPERATORS = {"and", "or", "with"}
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


@cache
def named(said: str) -> frozenset[str] | None:
    """The licences (not their exceptions) that an SPDX expression names; None where a text is none.

    Only the list's own names count, in any case: `GPL` and `GPLv2+` are words of others.
    """
    symbols = licensing().known_symbols
    known = {key.lower(): key for key in symbols}
    words = [word for word in re.findall(r"[^\s()]+", said) if word.lower() not in _OPERATORS]
    if any(word.lower() not in known and not REFERENCE.fullmatch(word) for word in words):
        return None
    try:
        licensing().parse(said)
    except (ExpressionError, ExpressionParseError):
        return None
    names = {known.get(word.lower(), word) for word in words}
    return frozenset(name for name in names if name not in symbols or not symbols[name].is_exception) or None


def own_reference(said: str) -> str:
    """The reference for a text that is no expression."""
    return f"LicenseRef-Headwater-{digest_bytes(said.encode())[:12]}"


def references(text: str) -> list[str]:
    """The references that an expression uses, each once, sorted."""
    return sorted(set(REFERENCE.findall(text)))


@cache
def licensing() -> Any:
    """The list of licences; reading it takes a moment, so it is read when first needed."""
    found = get_spdx_licensing()
    found.get_advanced_tokenizer()  # else made when first used, and a second thread would use it half made
    return found
