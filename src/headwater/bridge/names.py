"""What a package's files let others ask for in Fedora's words: `pkgconfig(x)`, `cmake(x)`, `python3dist(x)`, `perl(X)`.

Paths tell it, and that is a hundred times quicker than rpm's own generators, which start a program per file; sonames
(`libx.so.1()(64bit)`) need the file itself and stay with rpm's elfdeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_PKGCONFIG = re.compile(r"/usr/(?:lib|share)/(?:[^/]+/)?pkgconfig/([^/]+)\.pc")
_CMAKE = re.compile(r"/usr/(?:lib|share)/(?:[^/]+/)?cmake/(?:[^/]+/)?([^/]+?)(?:Config|-config)\.cmake")
_PERL = re.compile(r"/usr/(?:share|lib)/(?:x86_64-linux-gnu/)?(?:perl|perl5|perl-base)/(?:5\.[0-9.]+/)?(.+)\.pm")
_PYTHON = re.compile(r"/usr/lib/python3/dist-packages/([^/]+)\.(?:dist|egg)-info(?:/METADATA|/PKG-INFO)?")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:-]*")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+~^_]*")


def provided(paths: Iterable[str], texts: Mapping[str, str]) -> tuple[str, ...]:
    """Sorted Provides of a package with these paths; `texts` are the small files that name versions."""
    found: set[str] = set()
    for path in paths:
        if match := _PKGCONFIG.fullmatch(path):
            found.add(_provide(f"pkgconfig({match[1]})", _pkgconfig_version(texts.get(path, ""))))
        elif match := _CMAKE.fullmatch(path):
            found |= {f"cmake({match[1]})", f"cmake({match[1].lower()})"}
        elif match := _PERL.fullmatch(path):
            found.add(f"perl({match[1].replace('/', '::')})")
        elif path in texts and _PYTHON.fullmatch(path):
            found.update(_python(texts[path]))
    return tuple(sorted(word for word in found if _is_plain(word)))


def _python(metadata: str) -> list[str]:
    fields = dict(line.split(": ", 1) for line in reversed(metadata.partition("\n\n")[0].splitlines()) if ": " in line)
    name = re.sub(r"[-_.]+", "-", fields.get("Name", "").strip()).lower()
    return (
        [_provide(f"{kind}({name})", fields.get("Version", "").strip()) for kind in ("python3dist", "python3.14dist")]
        if name
        else []
    )


def _pkgconfig_version(text: str) -> str:
    """The Version of a .pc file, with the variables of the same file put in."""
    variables = dict(re.findall(r"(?m)^([A-Za-z0-9_.]+)[ \t]*=[ \t]*(.*?)[ \t]*$", text))
    found = re.search(r"(?mi)^Version:[ \t]*(.*?)[ \t]*$", text)
    version = found[1] if found else ""
    for _ in range(5):
        version = re.sub(r"\$\{([^}]+)\}", lambda match: variables.get(match[1], ""), version)
    return version.replace("-", "~")


def _provide(name: str, version: str) -> str:
    return f"{name} = {version}" if _VERSION.fullmatch(version) else name


def _is_plain(word: str) -> bool:
    inner = word[word.index("(") + 1 : word.index(")")]
    return bool(_WORD.fullmatch(inner))
