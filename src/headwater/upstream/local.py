"""A spec in the project, and the files beside it that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from headwater.errors import Kind, fail
from headwater.origin import Origin
from headwater.upstream.model import LooseFile

MOST = 16 << 20  # bytes of one file beside a spec: more belongs into an archive
_NAMED = re.compile(r"^(?:source|patch)\d*[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_MACRO = re.compile(r"%(?:\{[^{}]*\}|[A-Za-z_]\w*)")


def read_local(spec: Path, *, where: Origin | None = None) -> dict[str, LooseFile]:
    """The spec and the files of its folder that its Source and Patch tags may mean, by name.

    Macros are not expanded: `%{name}.conf` means every `*.conf` there. Raises Failure(SOURCE).
    """
    if not spec.is_file():
        raise fail(Kind.SOURCE, f"`{spec.name}` is not there", where=where, why=f"looked for {spec}", hint="check spec.path")
    files = {spec.name: _read(spec, where)}
    patterns = tuple(names_in(files[spec.name].content.decode(errors="surrogateescape")))
    for path in sorted(spec.parent.iterdir()):
        if path.name != spec.name and any(fnmatchcase(path.name, pattern) for pattern in patterns):
            files[path.name] = _read(path, where)
    return files


def names_in(text: str) -> Iterator[str]:
    """Globs of the file names that a spec's Source and Patch tags may mean."""
    for value in _NAMED.findall(text):
        literal = re.sub(r"[\[\]*?]", "?", value)
        yield _MACRO.sub("*", literal).rpartition("/")[2]


def _read(path: Path, where: Origin | None) -> LooseFile:
    if path.is_symlink() or not path.is_file():
        raise fail(Kind.SOURCE, f"`{path.name}` is no regular file", where=where, why=f"{path} is beside a spec that names it")
    try:
        path.name.encode()
    except UnicodeEncodeError:
        what = f"`{ascii(path.name)[1:-1]}` is no name for a source"
        raise fail(Kind.SOURCE, what, where=where, why="it is no UTF-8", hint=f"ls -b {path.parent}") from None
    if path.stat().st_size > MOST:
        raise fail(
            Kind.SOURCE,
            f"`{path.name}` is too large to lie beside a spec",
            where=where,
            why=f"it has {path.stat().st_size:,} bytes; at most {MOST:,} are taken",
            hint="make it a source file with an origin",
        )
    return LooseFile(content=path.read_bytes(), mode=0o755 if path.stat().st_mode & 0o100 else 0o644)
