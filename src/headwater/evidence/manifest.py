"""Which line of a rendered spec put a file into a package: the `%files` entry that fits it best.

Macros are expanded as far as the spec itself and rpm's well-known directories tell; what is left stands for any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec
import re2

from headwater.spec import Document, Role, find, parse

DIRECTORIES = {
    "_prefix": "/usr",
    "_exec_prefix": "/usr",
    "_bindir": "/usr/bin",
    "_sbindir": "/usr/(?:s)?bin",  # one directory where sbin was merged
    "_libdir": "/usr/lib(?:64|/[a-z0-9_]+-linux-gnu)?",
    "_lib": "lib(?:64)?",
    "_libexecdir": "/usr/libexec",
    "_prefix_lib": "/usr/lib",
    "_includedir": "/usr/include",
    "_datadir": "/usr/share",
    "_datarootdir": "/usr/share",
    "_mandir": "/usr/share/man",
    "_infodir": "/usr/share/info",
    "_docdir": "/usr/share/doc",
    "_defaultdocdir": "/usr/share/doc",
    "_pkgdocdir": "/usr/share/doc/[^/]+",
    "_licensedir": "/usr/share/licenses",
    "_defaultlicensedir": "/usr/share/licenses",
    "_sysconfdir": "/etc",
    "_localstatedir": "/var",
    "_sharedstatedir": "/var/lib",
    "_rundir": "/run",
    "_unitdir": "/usr/lib/systemd/system",
    "_userunitdir": "/usr/lib/systemd/user",
    "_presetdir": "/usr/lib/systemd/system-preset",
    "_sysusersdir": "/usr/lib/sysusers.d",
    "_tmpfilesdir": "/usr/lib/tmpfiles.d",
    "_udevrulesdir": "/usr/lib/udev/rules.d",
    "_rpmmacrodir": "/usr/lib/rpm/macros.d",
    "_rpmconfigdir": "/usr/lib/rpm",
    "python3_sitelib": "/usr/lib/python3[^/]*/[a-z]+-packages",
    "python3_sitearch": "/usr/lib(?:64)?/python3[^/]*/[a-z]+-packages",
}
_MACRO = re.compile(r"%\{[!?]*([A-Za-z_]\w*)\}|%([A-Za-z_]\w*)|%\{[^{}]*\}")
_DIRECTIVE = re.compile(
    r"%(?:dir|doc|docdir|license|readme|config|attr|verify|ghost|lang|caps|artifact|missingok|defattr)\b(?:\s*\([^)]*\))?"
)
_DEFINE = re.compile(r"\s*%(?:global|define)\s+([A-Za-z_]\w*)\s+(\S.*?)\s*$")
_ROUNDS = 8  # macros in macros
_LONG = 4096  # characters, beyond which an entry names no path
_ANY = "\0"  # a macro that nobody here knows


class FilesLine(msgspec.Struct, frozen=True, kw_only=True):
    """A `%files` entry: `line` counts from 1, `text` is as written."""

    line: int
    text: str


def files_line(text: str, package: str, path: str) -> FilesLine | None:
    """The entry of a spec that puts `path` into `package`; None when none can be found."""
    document = parse(text)
    known = _known(document)
    name = _plain(known.get("name", package), known)
    fits = [
        (rank, len(entry), -index, index)
        for index, entry in _entries(document, name, package, known)
        if (rank := _fit(entry, path, known))
    ]
    if not fits:
        return None
    index = max(fits)[3]
    return FilesLine(line=index + 1, text=document.lines[index].strip())


def _known(document: Document) -> dict[str, str]:
    """Macros that the spec defines in one plain line, and its name and version."""
    found = {}
    for role, line in zip(document.roles, document.lines, strict=True):
        match = _DEFINE.match(line) if role is not Role.BODY else None
        if match:
            found[match[1]] = match[2]
    tags = {tag.name.lower(): tag.value for name in ("Name", "Version", "Release") for tag in find(document, name)}
    return {**tags, **found}


def _entries(document: Document, name: str, package: str, known: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    for section in document.sections:
        if section.name != "%files" or not _is_of(_plain(section.package, known), name, package):
            continue
        for index in range(section.body, section.end):
            text = document.lines[index].strip()
            if document.roles[index] is Role.TEXT and text and "%exclude" not in text:
                yield index, text


def _is_of(section: str, name: str, package: str) -> bool:
    return package in {section or name, f"{name}-{section}"} or _ANY in section


def _plain(text: str, known: Mapping[str, str]) -> str:
    """The text with the macros that the spec defines; others become `_ANY`, but directories stay for `_pattern`."""
    for _ in range(_ROUNDS):
        new = _MACRO.sub(lambda match: _value(match, known), text)
        if new == text or len(new) > _LONG:
            break
        text = new
    return text


def _value(match: re.Match[str], known: Mapping[str, str]) -> str:
    macro = match[1] or match[2] or ""
    if macro in known:
        return known[macro]
    return match[0] if macro in DIRECTORIES else _ANY


def _fit(entry: str, path: str, known: Mapping[str, str]) -> int:
    """How well an entry fits a path: 3 names it, 2 by a glob, 1 names a directory above it, 0 not at all."""
    words = _plain(_DIRECTIVE.sub(" ", entry), known).split()
    return max((_fit_word(word, entry, path) for word in words), default=0)


def _fit_word(word: str, entry: str, path: str) -> int:
    if not word.startswith(("/", "%", _ANY)):
        return _fit_document(word, entry, path)
    pattern = _pattern(re.sub(r"^/(bin|sbin|lib|lib64)/", r"/usr/\1/", word.rstrip("/")))
    if _matches(rf"{pattern}(?:\.gz|\.zst)?", path):
        return 2 if re.search(rf"[*?\[{_ANY}]", word) else 3
    return 1 if "%dir" not in entry and _matches(rf"{pattern}/.*", path) else 0


def _fit_document(word: str, entry: str, path: str) -> int:
    """`%license COPYING` lands in a directory that rpm chooses, and brings that directory along."""
    place = "licenses" if "%license" in entry else "doc" if "%doc" in entry else ""
    folder = rf"/usr/share/{place}/[^/]+"
    if not place or not _matches(rf"{folder}(?:/.*)?", path):
        return 0
    base = _pattern(word.rstrip("/").rpartition("/")[2])
    named = _matches(rf"{folder}/(?:.*/)?{base}(?:\.gz)?(?:/.*)?", path)
    return 3 if named else 1 if _matches(folder, path) else 0


def _matches(pattern: str, path: str) -> bool:
    """RE2, because a spec is written by others: it never runs away, and refuses what is too large."""
    try:
        return re2.fullmatch(pattern, path) is not None
    except (re2.error, UnicodeError):  # too large, or a path that is no UTF-8
        return False


def _pattern(word: str) -> str:
    """A glob with macros of directories as a regular expression."""
    pieces = []
    for piece in re.split(r"(%\{[!?]*\w+\}|%\w+|\*|\?|\[[^\]/]*\]|\{[^{}/]*\}|\0)", word):
        macro = re.sub(r"[^A-Za-z0-9_]", "", piece) if piece.startswith("%") else ""
        match piece[:1]:
            case "%" if macro in DIRECTORIES:
                pieces.append(DIRECTORIES[macro])
            case "*":
                pieces.append("[^/]*")
            case "?":
                pieces.append("[^/]")
            case "[" if piece.endswith("]"):
                pieces.append("[^/]")  # near enough, and safe whatever stands in the brackets
            case "{" if piece.endswith("}"):
                pieces.append("(?:" + "|".join(_pattern(one) for one in piece[1:-1].split(",")) + ")")
            case "\0":
                pieces.append(".*")
            case _:
                pieces.append(re.escape(piece))
    return "".join(pieces)
