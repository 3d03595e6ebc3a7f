"""Lock files: which commit each component is made from, one small reviewed file each, read and written as azldev does.

azldev's keys come first, byte for byte as it writes them. Ours follow in tables below `headwater`, which azldev reads over (and
drops when it writes the file anew): the inputs of our fingerprint by name and digest, and what legacy MD5 lines were pinned to.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import rtoml

from headwater.errors import Failure, Kind, Problem, fail
from headwater.origin import Origin

HEADER = "# Managed by azldev component update. Do not edit manually."
MOST = 1 << 20  # bytes of one lock file
USUAL = 1 << 14  # bytes that one is hardly ever larger than
ENDING = ".lock"
# The shape that azldev and we write; anything else goes through a reader of TOML.
_USUAL = re.compile(
    rb"(?:#[^\n]*\n)*version = 1\n(?:import-commit = '([0-9a-f]*)'\n)?(?:upstream-commit = '([0-9a-f]*)'\n)?"
    rb"(?:manual-bump = (\d{1,9})\n)?(?:input-fingerprint = '([!-&(-~]*)'\n)?(?:resolution-input-hash = '([!-&(-~]*)'\n)?"
    rb"(?:\n(\[headwater\.[^\0]*))?\Z"
)
_COMMIT = re.compile(r"[0-9a-fA-F]{7,128}|")  # of a folder without repository it is a SHA-512
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+~-]*")


class Lock(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """azldev's keys, and in `ours` the text of our table. Empty (0) means not there."""

    import_commit: str = ""
    upstream_commit: str = ""
    manual_bump: int = 0
    input_fingerprint: str = ""
    resolution_input_hash: str = ""
    ours: str = ""

    @property
    def inputs(self) -> dict[str, str]:
        """Every input of our fingerprint: digest by name."""
        return _read_ours(self.ours, "inputs")

    @property
    def repins(self) -> dict[str, str]:
        """SHA-512 by upstream's legacy line (`md5  filename`)."""
        return _read_ours(self.ours, "repins")


def _read_ours(text: str, table: str) -> dict[str, str]:
    """Our tables are read only when they are wanted; a text that is none was made by somebody else and says nothing.

    An empty value, which locks once had, says no more than none.
    """
    try:
        found = rtoml.loads(text)["headwater"][table]
        return {key: value for key, value in found.items() if value and isinstance(value, str)}
    except (rtoml.TomlParsingError, KeyError, TypeError, AttributeError):
        return {}


def with_ours(lock: Lock, *, inputs: Mapping[str, str], repins: Mapping[str, str]) -> Lock:
    """The lock with these tables in the place of its own."""
    tables = (_table("inputs", inputs), _table("repins", repins))
    return msgspec.structs.replace(lock, ours="\n".join(table for table in tables if table))


def read_locks(folder: Path) -> tuple[dict[str, Lock], tuple[Problem, ...]]:
    """All locks of a folder by component, and a Problem (CONFIG) for each that can not be read; such a lock is not there.

    Links, folders and names that begin with a dot are passed over.
    """
    try:
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return {}, ()
    locks: dict[str, Lock] = {}
    problems: list[Problem] = []
    try:
        for name in sorted(os.listdir(place)):  # noqa: PTH208 by the open folder: a path for each costs more than reading it
            if name.endswith(ENDING) and name[0] != ".":
                try:
                    locks[name[: -len(ENDING)]] = parse(_content(name, place), folder, name)
                except Failure as failure:
                    problems += failure.problems
    finally:
        os.close(place)
    return locks, tuple(problems)


def read_lock(folder: Path, component: str) -> Lock | None:
    """One component's lock, None where there is none. Raises Failure(CONFIG) where it can not be read."""
    path = path_of(folder, component)
    try:
        return parse(_content(str(path), None), folder, path.name)
    except FileNotFoundError:
        return None


def write_lock(folder: Path, component: str, lock: Lock) -> bool:
    """Have the lock in its place; whether anything changed. It is written beside and renamed."""
    path, wanted = path_of(folder, component), write(lock)
    try:
        if _content(str(path), None) == wanted:
            return False
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
    beside = f"{folder}/.{component}-{os.getpid()}"
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    try:
        with open(file, "wb") as handle:  # noqa: PTH123 by its number: one of thousands
            handle.write(wanted)
        os.rename(beside, path)  # noqa: PTH104 as above
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return True


def path_of(folder: Path, component: str) -> Path:
    assert _NAME.fullmatch(component), f"{component!r} is no component's name"
    return folder / f"{component}{ENDING}"


def write(lock: Lock) -> bytes:
    """A lock file's bytes: azldev's own for azldev's keys."""
    lines = [HEADER, "version = 1"]
    for key, value in (("import-commit", lock.import_commit), ("upstream-commit", lock.upstream_commit)):
        lines += [f"{key} = {_quoted(value)}"] if value else []
    lines += [f"manual-bump = {lock.manual_bump}"] if lock.manual_bump else []
    for key, value in (("input-fingerprint", lock.input_fingerprint), ("resolution-input-hash", lock.resolution_input_hash)):
        lines += [f"{key} = {_quoted(value)}"] if value else []
    return ("\n".join(lines) + "\n" + (f"\n{lock.ours}" if lock.ours else "")).encode()


def parse(content: bytes, folder: Path, name: str) -> Lock:
    """A lock out of a file's bytes. Raises Failure(CONFIG)."""
    if len(content) > MOST:
        raise _unreadable(folder / name, f"it has more than {MOST:,} bytes")
    usual = _USUAL.match(content)
    if not usual:
        return _parse_toml(content, folder / name)
    first, now, bump, fingerprint, resolution, ours = usual.groups(b"")
    return Lock(
        import_commit=first.decode(),
        upstream_commit=now.decode(),
        manual_bump=int(bump or 0),
        input_fingerprint=fingerprint.decode(),
        resolution_input_hash=resolution.decode(),
        ours=ours.decode(errors="replace"),
    )


class _Written(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """What a person may have made of the file; unknown keys are passed over, as azldev does."""

    version: int
    import_commit: str = ""
    upstream_commit: str = ""
    manual_bump: int = 0
    input_fingerprint: str = ""
    resolution_input_hash: str = ""
    headwater: dict[str, dict[str, str]] = {}


def _parse_toml(content: bytes, path: Path) -> Lock:
    try:
        found = msgspec.convert(rtoml.loads(content.decode()), _Written)
    except (rtoml.TomlParsingError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise _unreadable(path, str(error)) from None
    if found.version != 1:
        raise _unreadable(path, f"it is of version {found.version}, version 1 was expected")
    for commit in (found.import_commit, found.upstream_commit):
        if not _COMMIT.fullmatch(commit):
            raise _unreadable(path, f"`{commit}` is no commit")
    keys: dict[str, Any] = {key: value for key, value in msgspec.structs.asdict(found).items() if key in Lock.__struct_fields__}
    tables = found.headwater
    return with_ours(Lock(**keys), inputs=tables.get("inputs", {}), repins=tables.get("repins", {}))


def _content(name: str, place: int | None) -> bytes:
    """A file's bytes, in as few calls as there can be: there are 7,583 of them."""
    file = os.open(name, os.O_RDONLY | os.O_NONBLOCK, dir_fd=place)
    try:
        content = os.read(file, USUAL)
        while len(content) >= USUAL and len(content) <= MOST and (more := os.read(file, MOST)):
            content += more
    except IsADirectoryError:
        return b""
    finally:
        os.close(file)
    return content


def _table(name: str, values: Mapping[str, str]) -> str:
    if not values:
        return ""
    return f"[headwater.{name}]\n" + "".join(f"{_quoted(key)} = {_quoted(value)}\n" for key, value in sorted(values.items()))


def _quoted(text: str) -> str:
    """A TOML string: literal as azldev's where that holds it. JSON's escapes are TOML's, but for surrogates and DEL."""
    return (
        f"'{text}'"
        if "'" not in text and text.isprintable()
        else json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    )


def _unreadable(path: Path, why: str) -> Failure:
    return fail(
        Kind.CONFIG,
        f"`{path.name}` can not be read",
        where=Origin(file=str(path)),
        why=why,
        hint=f"hw update {path.name.removesuffix(ENDING)}",
    )
