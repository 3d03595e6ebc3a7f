"""The licence of a package as an SPDX expression, from the machine-readable form of debian/copyright (DEP 5).

Best effort: Debian's short names that have an SPDX name become it, all others `LicenseRef-debian-...`.
"""

from __future__ import annotations

import re

from headwater.bridge.control import parse_paragraphs

UNKNOWN = "LicenseRef-debian-copyright"  # the file is free text
_FORMAT = re.compile(r"(?im)^format(-specification)?:")
_PUBLIC = {"public-domain", "public domain", "pd"}
_SAME = {
    "expat": "MIT",
    "mit": "MIT",
    "mit/x11": "MIT",
    "x11": "X11",
    "isc": "ISC",
    "zlib": "Zlib",
    "curl": "curl",
    "openssl": "OpenSSL",
    "psf-2": "PSF-2.0",
    "python-2.0": "PSF-2.0",
    "psf": "PSF-2.0",
    "artistic": "Artistic-1.0-Perl",
    "artistic-1": "Artistic-1.0-Perl",
    "artistic-2": "Artistic-2.0",
    "bsl-1": "BSL-1.0",
    "boost-1.0": "BSL-1.0",
    "cc0": "CC0-1.0",
    "cc0-1.0": "CC0-1.0",
    "0bsd": "0BSD",
    "unlicense": "Unlicense",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "bsd-2": "BSD-2-Clause",
    "bsd-3": "BSD-3-Clause",
    "bsd-4": "BSD-4-Clause",
    "bsd-4-clause-uc": "BSD-4-Clause-UC",
    "openldap-2.8": "OLDAP-2.8",
    "sleepycat": "Sleepycat",
    "permissive": "LicenseRef-debian-permissive",
}
_FAMILY = re.compile(
    r"(?P<family>A?L?GPL|GFDL|Apache|MPL|Artistic|LPPL|FTL|CC-BY-SA|CC-BY)-?v?(?P<version>[0-9]+(?:\.[0-9]+)?)(?P<plus>\+|-only|-or-later)?",
    re.IGNORECASE,
)
_NAMES = {
    name.lower(): name for name in ("GPL", "LGPL", "AGPL", "GFDL", "Apache", "MPL", "Artistic", "LPPL", "CC-BY", "CC-BY-SA")
}
_GNU = {"GPL", "LGPL", "AGPL", "GFDL"}


def to_spdx(copyright_file: str) -> str:
    """All licences of a copyright file, joined by AND; each once, sorted."""
    if not _FORMAT.search(copyright_file):
        return UNKNOWN
    try:
        paragraphs = list(parse_paragraphs(copyright_file))
    except ValueError:
        return UNKNOWN
    names = [fields["license"].splitlines()[0] for fields in paragraphs if fields.get("license") and "files" in fields]
    expressions = [_to_expression(name) for name in names if name.strip()]
    found = sorted({part for expression in expressions for part in expression.split(" AND ")})
    if len(found) <= 1:
        return found[0] if found else UNKNOWN
    return " AND ".join(f"({name})" if " OR " in name else name for name in found)


def _to_expression(name: str) -> str:
    """`GPL-2+ or Artistic, and MIT` word by word; what does not read like that is one licence of its own."""
    plain = re.sub(r"(?<=[0-9]),? or (any )?later", "+", re.sub(r"\s+", " ", name.strip()), flags=re.IGNORECASE)
    plain = re.sub(r",? and/or |,? or | ?\| ?", " or ", plain, flags=re.IGNORECASE)
    parts = re.split(r" (or|and) ", plain.replace(",", ""), flags=re.IGNORECASE)
    spoken = [part.upper() if part.lower() in {"or", "and"} else _to_name(part.strip()) for part in parts if part.strip()]
    if {"AND", "OR"} <= set(spoken) or spoken[0] in {"AND", "OR"} or spoken[-1] in {"AND", "OR"}:
        return _reference(name)
    return " ".join(spoken)


def _to_name(name: str) -> str:
    plain, _, exception = re.sub(r"\s+", " ", name).partition(" with ")
    known = _SAME.get(plain.lower()) or _family(plain)
    if not known or exception:
        return _reference(name)
    return known


def _family(name: str) -> str:
    found = _FAMILY.fullmatch(name)
    family = _NAMES.get(found["family"].lower()) if found else None
    if not found or not family:
        return ""
    version = found["version"] if "." in found["version"] else found["version"] + ".0"
    if family not in _GNU:
        return f"{family}-{version}"
    later = found["plus"] in {"+", "-or-later"}
    return f"{family}-{version}-{'or-later' if later else 'only'}"


def _reference(name: str) -> str:
    if name.lower() in _PUBLIC:
        return "LicenseRef-debian-public-domain"
    return "LicenseRef-debian-" + (re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-") or "unnamed")[:80]
