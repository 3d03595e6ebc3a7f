"""New components put into a project's TOML: empty tables at the end of a file, all else byte for byte as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from headwater.config import values
from headwater.config.load import Reading
from headwater.config.reader import dotted
from headwater.errors import Failure, Kind, Problem, fail
from headwater.origin import Origin


def add_components(reading: Reading, names: Sequence[str], file: Path | None = None, *, dry_run: bool = False) -> Path:
    """Give each name an empty table at the end of one of the project's files (default: the first); that file.

    Raises Failure(USAGE) with every name that is none or is there already, and for a file that is not the project's.
    """
    problems = list(_problems(reading, list(dict.fromkeys(names))))
    if problems:
        raise Failure(problems)
    path = _file(reading, file)
    old = path.read_bytes()
    new = old + _tables(old, list(dict.fromkeys(names)))
    _check(path, new)
    if not dry_run:
        _write(path, new)
    return path


def _problems(reading: Reading, names: Sequence[str]) -> Iterator[Problem]:
    if not names:
        yield Problem(kind=Kind.USAGE, what="no component was named", hint="hw component add NAME")
    for name in names:
        if bad := values.bad_name(name):
            yield Problem(kind=Kind.USAGE, what=f"`{name}` is no name for a component", why=bad)
        elif name in reading.heirs.own:
            where = reading.heirs.own[name].where
            yield Problem(kind=Kind.USAGE, what=f"`{name}` is a component already", where=where, hint=f"hw show {name}")


def _file(reading: Reading, wanted: Path | None) -> Path:
    """The file to write. One that no other includes would say nothing."""
    files = list(reading.layers.files)
    if wanted is None:
        return files[0].resolve()
    found = next((path for path in files if path.resolve() == wanted.resolve()), None)
    if found is None:
        there = ", ".join(f"`{os.path.relpath(path)}`" for path in files[:8]) + (" ..." if len(files) > 8 else "")
        why = f"nothing includes it; there is {there}"
        raise fail(Kind.USAGE, f"`{wanted}` is no file of the project", why=why, hint=f'includes = ["{wanted.name}"]')
    return found.resolve()


def _tables(old: bytes, names: Sequence[str]) -> bytes:
    end = b"\r\n" if b"\r\n" in old else b"\n"
    gap = end if old and not old.endswith(b"\n") else b""
    return gap + b"".join(end + f"[{dotted(('components', name))}]".encode() + end for name in names)


def _check(path: Path, content: bytes) -> None:
    """The file must still be TOML: a `components` that is closed already (an inline table) takes no more."""
    import tomllib  # noqa: PLC0415 most who read a project write none

    try:
        tomllib.loads(content.decode())
    except ValueError as error:
        why = f"with the new tables it would be no TOML: {error}"
        raise fail(Kind.CONFIG, f"`{path.name}` can not take components", where=Origin(file=str(path)), why=why) from None


def _write(path: Path, content: bytes) -> None:
    """The file whole or as it was, with the mode that it had."""
    beside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.chmod(path.stat().st_mode & 0o7777)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
