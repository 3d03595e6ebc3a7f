"""What a package's files let others ask for in Fedora's words: `pkgconfig(x)`, `cmake(x)`, `python3dist(x)`, `perl(X)`.

Paths tell it, and that is a hundred times quicker than rpm's own generators, which start a program per file; sonames
(`libx.so.1()(64bit)`) need the file itself and stay with rpm's elfdeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

PYTHON = "3.14"  # of the bridged suite; rpm's generators write it into what built packages ask for
_PKGCONFIG = re.compile(r"/usr/(?:lib|share)/(?:[^/]+/)?pkgconfig/([^/]+)\.pc")
_CMAKE = re.compile(r"/usr/(?:lib|share)/(?:[^/]+/)?cmake/(?:[^/]+/)?([^/]+?)(?:Config|-config)\.cmake")
_PERL = re.compile(r"/usr/(?:share|lib)/(?:x86_64-linux-gnu/)?(?:perl|perl5|perl-base)/(?:5\.[0-9.]+/)?(.+)\.pm")
_PYTHON = re.compile(r"/usr/lib/python3/dist-packages/([^/]+)\.(?:dist|egg)-info(?:/METADATA|/PKG-INFO)?")
_WORD = re.compile(r"[a-z0-9.]+\([A-Za-z0-9][A-Za-z0-9+._:-]*\)")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+~^_]*")


def provided(paths: Iterable[str], texts: Mapping[str, str]) -> tuple[str, ...]:
    """Sorted Provides of a package with these paths; `texts` are the small files that name versions."""
    found: set[str] = set()
    for path in paths:
        if match := _PKGCONFIG.fullmatch(path):
            found |= _provides(f"pkgconfig({match[1]})", _pkgconfig_version(texts.get(path, "")))
        elif match := _CMAKE.fullmatch(path):
            found |= _provides(f"cmake({match[1]})") | _provides(f"cmake({match[1].lower()})")
        elif match := _PERL.fullmatch(path):
            found |= _provides(f"perl({match[1].replace('/', '::')})")
        elif path in texts and _PYTHON.fullmatch(path):
            found |= _python(texts[path])
    return tuple(sorted(found))


def _python(metadata: str) -> set[str]:
    fields = dict(line.split(": ", 1) for line in reversed(metadata.partition("\n\n")[0].splitlines()) if ": " in line)
    name = re.sub(r"[-_.]+", "-", fields.get("Name", "").strip()).lower()
    version = fields.get("Version", "").strip()
    return _provides(f"python3dist({name})", version) | _provides(f"python{PYTHON}dist({name})", version)


def _pkgconfig_version(text: str) -> str:
    """The Version of a .pc file, with the variables of the same file put in."""
    variables = dict(re.findall(r"(?m)^([A-Za-z0-9_.]+)[ \t]*=[ \t]*(.*?)[ \t]*$", text))
    found = re.search(r"(?mi)^Version:[ \t]*(.*?)[ \t]*$", text)
    version = found[1] if found else ""
    for _ in range(5):
        version = re.sub(r"\$\{([^}]+)\}", lambda match: variables.get(match[1], ""), version)
    return version.replace("-", "~")


def _provides(word: str, version: str = "") -> set[str]:
    """The Provides, with its version if rpm can read it; none at all for a name that rpm could misread."""
    if not _WORD.fullmatch(word):
        return set()
    return {f"{word} = {version}" if _VERSION.fullmatch(version) else word}
