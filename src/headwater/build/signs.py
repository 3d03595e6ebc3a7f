"""Who wrote a file that is not the same twice, where it tells: formats that keep a time, traces of a varied world."""

from __future__ import annotations

import re
from collections.abc import Iterator

from headwater.build.variation import ELSEWHERE, HOST, LOCALE, NOBODY

GZIP, ZIP, AR, ELF, PDF = b"\x1f\x8b\x08", b"PK\x03\x04", b"!<arch>\n", b"\x7fELF", b"%PDF-"
LATER = 2036  # the year of a second build whose clock is ten years ahead, as long as it is 2026
_DATE = re.compile(rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d{4}\b")
_TIME = re.compile(rb"\b[0-2]\d:[0-5]\d:[0-5]\d\b")
_TRACES = {
    f"the place of the build (`/{ELSEWHERE}`)": re.compile(ELSEWHERE.encode()),
    f"the host name (`{HOST}`)": re.compile(rf"(?<![\w/]){HOST}\b".encode()),
    f"the user (`{NOBODY}`)": re.compile(rf"(?<![\w-]){NOBODY}\b".encode()),
    f"the locale (`{LOCALE}`)": re.compile(rf"\b{LOCALE}\b".encode()),
}


def signs(path: str, first: bytes, second: bytes) -> tuple[str, ...]:
    """What is seen of who made a file otherwise, in words; nothing where nothing tells."""
    return tuple(dict.fromkeys([*_kept_times(path, first, second), *_traces(first, second)]))


def _kept_times(path: str, first: bytes, second: bytes) -> Iterator[str]:
    if first.startswith(GZIP) and second.startswith(GZIP) and first[4:8] != second[4:8]:
        yield "gzip: its header has a time (gzip -n leaves it out)"
    elif first.startswith(ZIP) and second.startswith(ZIP) and first[10:14] != second[10:14]:
        yield "zip: its entries have times of files"
    elif first.startswith(AR) and second.startswith(AR) and _ar_times(first) != _ar_times(second):
        yield "ar: its members have times or owners (ar D leaves them out)"
    elif path.endswith(".pyc") and first[4:8] == second[4:8] == b"\0\0\0\0" and first[8:12] != second[8:12]:
        yield "Python: compiled for the time of its source (SOURCE_DATE_EPOCH, or --invalidation-mode)"
    elif first[257:262] == second[257:262] == b"ustar" and first[136:148] != second[136:148]:
        yield "tar: its entries have times of files (tar --mtime)"
    elif first.startswith(ELF) and second.startswith(ELF):
        if _found(_DATE, first, second) or _found(_TIME, first, second):
            yield "the compiler, or who called it: a date or a time is in the program"
        else:
            yield "the compiler or the linker: program code, debug information or a build id"
    elif first.startswith(PDF):
        yield "PDF: it has the time when it was made, and a number drawn by chance"


def _ar_times(archive: bytes) -> list[bytes]:
    """The headers' times, owners and groups (ar(5))."""
    found, place = [], len(AR)
    while place + 60 <= len(archive):
        found.append(archive[place + 16 : place + 40])
        size = archive[place + 48 : place + 58].strip()
        if not size.isdigit():
            break
        place += 60 + int(size) + int(size) % 2
    return found


def _found(pattern: re.Pattern[bytes], first: bytes, second: bytes) -> bool:
    return set(pattern.findall(first)) != set(pattern.findall(second))


def _traces(first: bytes, second: bytes) -> Iterator[str]:
    for what, trace in _TRACES.items():
        if trace.search(second) and not trace.search(first):
            yield f"it holds {what}"
    if sorted(first.splitlines()) == sorted(second.splitlines()):
        yield "the same lines in another order"
    elif len(first) == len(second) and sorted(first) == sorted(second):
        yield "the same bytes in another order"
    elif str(LATER).encode() in second and str(LATER).encode() not in first:
        yield f"it holds a date ({LATER})"
