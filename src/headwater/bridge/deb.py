"""Reads a .deb: control fields, conffiles, and every entry checked before anything is written anywhere.

A path outside the root, a device node, a path through a link or an archive beyond the limits is a Failure that names the .deb.
"""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Callable, Container
from pathlib import Path
from typing import IO

from headwater.bridge import paths
from headwater.bridge.archive import MOST_CONTROL, MOST_DATA, MOST_MEMBERS, Broken, open_tar
from headwater.bridge.control import parse_paragraphs
from headwater.bridge.model import Contents, Entry, EntryKind
from headwater.errors import Kind, fail
from headwater.toolbox.debian import Deb

MOST_TEXT = 4 << 20  # bytes of a file that is looked into
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_LOOKED_INTO = re.compile(
    r"/usr/share/doc/[^/]+/copyright"
    r"|/usr/(lib|share)/([^/]+/)?pkgconfig/[^/]+\.pc"
    r"|/usr/lib/python3/dist-packages/[^/]+\.(dist|egg)-info(/METADATA|/PKG-INFO)?"
)

Take = Callable[[Entry, IO[bytes] | None], None]


def read(deb: Deb, path: Path, take: Callable[[Entry], bool], write: Take) -> Contents:
    """Read the whole .deb at `path`; `write` gets each entry that `take` wants, with the content of a file."""
    try:
        fields, conffiles = _read_control(path)
        if fields.get("package") != deb.name or not _NAME.fullmatch(deb.name):
            raise Broken(f"it holds the package `{fields.get('package', '')}` and not `{deb.name}`")
        entries, texts = _read_data(path, take, write)
    except Broken as broken:
        raise fail(
            Kind.SOURCE,
            f"`{deb.filename}` is not a Debian package that can be taken",
            why=f"{broken} (SHA-256 {deb.sha256}); if this stays, do not trust the mirror that it came from",
            hint="hw bridge update",
        ) from None
    return Contents(deb=deb, fields=fields, conffiles=conffiles, entries=entries, texts=texts)


def read_fields(deb: Deb, path: Path) -> dict[str, str]:
    """The control fields alone."""
    try:
        return _read_control(path)[0]
    except Broken as broken:
        what = f"`{deb.filename}` is not a Debian package that can be taken"
        raise fail(Kind.SOURCE, what, why=str(broken), hint="hw bridge update") from None


def _read_control(path: Path) -> tuple[dict[str, str], frozenset[str]]:
    texts = {"control": "", "conffiles": ""}
    with open_tar(path, "control", MOST_CONTROL) as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if member.isreg() and name in texts:
                file = archive.extractfile(member)
                assert file, "a regular member has content"
                texts[name] = file.read(MOST_TEXT).decode(errors="replace")
    try:
        fields = next(parse_paragraphs(texts["control"]), {})
    except ValueError as error:
        raise Broken(str(error)) from None
    # `remove-on-upgrade /path` lines name files that are not there
    conffiles = (line.strip() for line in texts["conffiles"].splitlines())
    return fields, frozenset(paths.merge_usr(line) for line in conffiles if line.startswith("/"))


def _read_data(path: Path, take: Callable[[Entry], bool], write: Take) -> tuple[dict[str, Entry], dict[str, str]]:
    entries: dict[str, Entry] = {}
    texts: dict[str, str] = {}
    folders: set[str] = set()
    with open_tar(path, "data", MOST_DATA) as archive:
        for member in archive:
            entry = _to_entry(member)
            if entry.path == "/" or (entry.kind is EntryKind.DIRECTORY and entry.path[1:] in paths.MERGED):
                continue
            _check(entry, entries, folders)
            folders.update(paths.parents(entry.path))
            entries[entry.path] = entry
            if entry.kind is EntryKind.FILE and _LOOKED_INTO.fullmatch(entry.path) and entry.size <= MOST_TEXT:
                data = _content(archive, member).read()
                texts[entry.path] = data.decode(errors="replace")
                if take(entry):
                    write(entry, io.BytesIO(data))
            elif take(entry):
                write(entry, _content(archive, member) if entry.kind is EntryKind.FILE else None)
    return entries, texts


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = archive.extractfile(member)
    assert file, "a regular member has content"
    return file


def _to_entry(member: tarfile.TarInfo) -> Entry:
    try:
        path = paths.merge_usr(paths.clean(member.name))
        target = paths.merge_usr(paths.clean(member.linkname)) if member.islnk() else member.linkname
    except ValueError as error:
        raise Broken(f"its entry {member.name[:100]!r}: {error}") from None
    user, group = member.uname or str(member.uid), member.gname or str(member.gid)
    if not _ACCOUNT.fullmatch(user) or not _ACCOUNT.fullmatch(group):
        raise Broken(f"its entry {member.name[:100]!r} belongs to {user[:40]!r}:{group[:40]!r}")
    return Entry(
        path=path,
        kind=_kind(member),
        mode=member.mode & 0o7777,
        user=user,
        group=group,
        size=member.size,
        mtime=int(member.mtime),
        target=target,
    )


def _kind(member: tarfile.TarInfo) -> EntryKind:
    if member.isreg() and not member.issparse():
        return EntryKind.FILE
    if member.isdir():
        return EntryKind.DIRECTORY
    if member.issym() and member.linkname and not any(ord(char) < 32 for char in member.linkname):
        return EntryKind.LINK
    if member.islnk():
        return EntryKind.TWIN
    raise Broken(f"its entry {member.name[:100]!r} is a device node or another thing that no package needs")


def _check(entry: Entry, before: dict[str, Entry], folders: Container[str]) -> None:
    """What a member alone cannot tell: that it is new, that it goes through no link, that its twin is a file.

    `folders` are those that entries before it lie in, told or not.
    """
    if len(before) >= MOST_MEMBERS:
        raise Broken(f"it has more than {MOST_MEMBERS} entries")
    known = before.get(entry.path)
    if known and not (known.kind is entry.kind is EntryKind.DIRECTORY):
        raise Broken(f"`{entry.path}` is in it twice")
    if entry.path in folders and entry.kind is not EntryKind.DIRECTORY:
        raise Broken(f"`{entry.path}` is no directory, and entries before it lie in it")
    for parent in paths.parents(entry.path):
        if parent in before and before[parent].kind is not EntryKind.DIRECTORY:
            raise Broken(f"`{entry.path}` goes through `{parent}`, which is no directory")
    if entry.kind is EntryKind.TWIN and (entry.target not in before or before[entry.target].kind is not EntryKind.FILE):
        raise Broken(f"`{entry.path}` is another name of `{entry.target}`, which is no file before it")
