"""Packs .debs into .rpms, a batch per rpmbuild process: unpacked and mended on this side, packed in the sandbox."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from headwater import command
from headwater.bridge import control, deb, specfile, versions
from headwater.bridge.fixup import Mended, Removals, matching, mend
from headwater.bridge.model import Contents, Entry, EntryKind
from headwater.config.workshop import Fixup
from headwater.digest import digest_file
from headwater.errors import Failure, Kind, fail
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.debian import Deb
from headwater.toolbox.model import Toolbox

PLACE = "/mnt"  # where the batch lies in the sandbox: the same for everyone, so that no path of a machine gets in
LIMIT = 900  # seconds for one batch
MACROS = {
    "_topdir": f"{PLACE}/top",
    "_rpmdir": f"{PLACE}/rpms",
    "_rpmfilename": "%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
    "_buildhost": "bridge",
    "use_source_date_epoch_as_buildtime": "1",
    "build_mtime_policy": "clamp_to_source_date_epoch",
    "source_date_epoch_from_changelog": "0",
    "_binary_payload": "w3.zstdio",  # packages are unpacked far more often than shipped: quick before small
    "_binary_filedigest_algorithm": "8",
    "debug_package": "%{nil}",
    "_build_id_links": "none",
    "_missing_build_ids_terminate_build": "0",
    "_unpackaged_files_terminate_build": "0",
    "__check_files": "%{nil}",
    "__os_install_post": "%{nil}",  # Debian has stripped and compressed what it wanted to
    "__elf_flags": "%{nil}",  # Debian's libraries are not executable, and provide sonames all the same
    "__pkgconfig_provides": "%{nil}",  # these four: see names.py
    "__python_provides": "%{nil}",
    "__pythondist_provides": "%{nil}",
    "__perl_provides": "%{nil}",
}


class Converted(msgspec.Struct, frozen=True, kw_only=True):
    """A package that was made: its file in the batch's folder, and what of its fix-ups bit."""

    deb: Deb
    file: Path
    rpm: Rpm
    bites: dict[str, list[str]]


def convert(
    debs: Sequence[Deb], fixups: Sequence[Fixup], excluded: frozenset[str], *, folder: Path, toolbox: Toolbox, store: Store
) -> list[Converted]:
    """Make one .rpm of each .deb, all of one architecture, in `folder`, an empty directory."""
    (folder / "rpms").mkdir()
    made = [_stage(one, fixups, excluded, folder, store) for one in debs]
    specs = [f"{PLACE}/{one.name}.spec" for one in debs]
    defines = [word for name, value in MACROS.items() for word in ("--define", f"{name} {value}")]
    target = specfile.ARCHITECTURES[debs[0].arch]  # said aloud, or a package's headers tell which one was packed before it
    log = folder / "log"
    try:
        sandbox.run(
            toolbox,
            ["rpmbuild", "-bb", "--nodeps", "--noclean", "--target", target, *defines, *specs],
            binds=[sandbox.Bind(source=folder, target=PLACE, writable=True)],
            log=log,
            timeout=LIMIT,
        )
    except Failure:
        raise fail(
            Kind.TOOL, "Debian packages could not be packed", why=f"one of {', '.join(one.name for one in debs)}\n{_said(log)}"
        ) from None
    return [_collect(contents, mended, folder / "rpms") for contents, mended in made]


def _stage(one: Deb, fixups: Sequence[Fixup], excluded: frozenset[str], folder: Path, store: Store) -> tuple[Contents, Mended]:
    """Unpack one .deb below `folder`, and write its spec beside it."""
    root = folder / one.name
    root.mkdir()
    own = matching(one.name, fixups)
    removals = Removals(own)
    contents = deb.read(one, store.path(one.sha256), lambda entry: not removals(entry.path), _Writer(root))
    mended = mend(contents, own, removals)
    _make(root, mended)
    try:
        text = specfile.write_spec(contents, mended, f"{PLACE}/{one.name}", excluded)
    except ValueError as error:
        raise fail(Kind.SOURCE, f"`{one.filename}` says something that rpm has no words for", why=str(error)) from None
    (folder / f"{one.name}.spec").write_text(text, errors="surrogateescape")
    return contents, mended


class _Writer:
    """Writes entries below a root as they come; owners and special modes are the spec's business."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __call__(self, entry: Entry, content: IO[bytes] | None) -> None:
        place = self._root / entry.path[1:]
        if entry.kind is EntryKind.DIRECTORY:
            place.mkdir(parents=True, exist_ok=True)
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        if entry.kind is EntryKind.LINK:
            place.symlink_to(entry.target)
        elif entry.kind is EntryKind.TWIN:
            place.hardlink_to(self._root / entry.target[1:])
        else:
            assert content, "a file has content"
            with place.open("xb") as file:
                shutil.copyfileobj(content, file, 1 << 20)
        if entry.kind is not EntryKind.TWIN:
            os.utime(place, (entry.mtime, entry.mtime), follow_symlinks=False)


def _make(root: Path, mended: Mended) -> None:
    """What fix-ups add: directories, links, files; and every entry gets its time last."""
    for path, entry in mended.entries.items():
        place = root / path[1:]
        place.parent.mkdir(parents=True, exist_ok=True)
        if path in mended.files:
            place.unlink(missing_ok=True)
            place.write_text(mended.files[path])
        elif path in mended.copies:
            parts = [(root / source[1:]).read_bytes() for source in mended.copies[path]]
            place.unlink(missing_ok=True)
            place.write_bytes(b"".join(parts))
        elif entry.kind is EntryKind.LINK and not (place.is_symlink() and str(place.readlink()) == entry.target):
            place.unlink(missing_ok=True)
            place.symlink_to(entry.target)
        elif entry.kind is EntryKind.DIRECTORY:
            place.mkdir(exist_ok=True)
    for path, entry in reversed(mended.entries.items()):
        os.utime(root / path[1:], (entry.mtime, entry.mtime), follow_symlinks=False)


def _collect(contents: Contents, mended: Mended, rpms: Path) -> Converted:
    fields = contents.fields
    evr, arch = versions.to_evr(fields["version"]), specfile.ARCHITECTURES[contents.deb.arch]
    file = rpms / f"{contents.deb.name}-{evr.version}-{evr.release}.{arch}.rpm"
    digest = digest_file(file)
    rpm = Rpm(
        name=contents.deb.name,
        epoch=evr.epoch,
        version=evr.version,
        release=evr.release,
        arch=arch,
        digest=digest,
        size=file.stat().st_size,
        origin="bridge",
        component=control.source(fields)[0],
        payload=digest,
    )
    return Converted(deb=contents.deb, file=file, rpm=rpm, bites=mended.bites)


def _said(log: Path) -> str:
    return command.tail(log.read_bytes()) if log.exists() else ""
