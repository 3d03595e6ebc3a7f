"""Packages in the store become a signed repository in a folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from headwater.config.model import Component
from headwater.digest import digest_bytes, digest_of
from headwater.errors import Failure
from headwater.progress import step
from headwater.repo.metadata import write_metadata
from headwater.repo.model import Channel, Repository
from headwater.repo.select import select
from headwater.rpm.model import Rpm
from headwater.sign import check_bytes, sign_file
from headwater.sign.model import Key
from headwater.store import Store
from headwater.toolbox.model import Toolbox
from headwater.whole import replacing

VERSION = 1  # of the layout
EPOCH = 1767225600  # 2026-01-01: the one time that metadata and files bear, unless the caller knows better
PACKAGES = "packages"
KEY = "key.asc"
MARK = ".digest"  # what the folder was made from


def publish(
    rpms: Sequence[Rpm],
    key: Key,
    toolbox: Toolbox,
    store: Store,
    folder: Path,
    *,
    components: Mapping[str, Component] | None = None,
    epoch: int = EPOCH,
) -> Repository:
    """Write signed packages as channels (`base/`, `debug/`, `source/`) with signed metadata; nothing is done when all is there.

    The new folder is made beside the old one and takes its place whole. Files are hard links into the store where it is on
    the same file system: read-only, and no second copy.
    """
    channels = select(rpms, components)
    contents = {name: [(rpm.filename, rpm.digest) for rpm in found] for name, found in channels.items()}
    facts = {"version": VERSION, "channels": contents, "key": key.fingerprint, "epoch": epoch, "toolbox": toolbox.key}
    identity = digest_of(facts)
    lock = store.lock(f"publish-{digest_of(str(folder.absolute()))[:16]}")
    with lock, step("publish", f"{len(rpms)} packages", reason="a package or the key changed") as work:
        if _is_whole(folder, identity, channels, key):
            work.cached()
        else:
            with replacing(folder) as made:
                _write(made, channels, key, toolbox, store, epoch)
                (made / MARK).write_text(identity)
    return _repository(folder, channels, key, identity)


def _write(  # noqa: PLR0917 private: the parts of one repository
    made: Path, channels: Mapping[str, Sequence[Rpm]], key: Key, toolbox: Toolbox, store: Store, epoch: int
) -> None:
    (made / KEY).write_bytes(key.public)
    for name, rpms in channels.items():
        channel = made / name
        (channel / PACKAGES).mkdir(parents=True)
        for rpm in rpms:
            _link(store.path(rpm.digest), channel / PACKAGES / rpm.filename, epoch)
        write_metadata(channel, epoch, toolbox)
        repomd = channel / "repodata" / "repomd.xml"
        repomd.with_name("repomd.xml.asc").write_bytes(sign_file(repomd, key, toolbox, store))


def _link(source: Path, target: Path, epoch: int) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or a store of another owner
        shutil.copyfile(source, target)
    os.utime(target, (epoch, epoch))  # createrepo_c records it


def _is_whole(folder: Path, identity: str, channels: Mapping[str, Sequence[Rpm]], key: Key) -> bool:
    """Whether the folder was made from the same things, still has all files, and its metadata still bears our signature."""
    try:
        if (folder / MARK).read_text() != identity or (folder / KEY).read_bytes() != key.public:
            return False
        for name, rpms in channels.items():
            repodata = folder / name / "repodata"
            check_bytes((repodata / "repomd.xml").read_bytes(), (repodata / "repomd.xml.asc").read_bytes(), key, name)
            if any((folder / name / PACKAGES / rpm.filename).stat().st_size != rpm.size for rpm in rpms):
                return False
    except (OSError, Failure):
        return False
    return True


def _repository(folder: Path, channels: Mapping[str, Sequence[Rpm]], key: Key, identity: str) -> Repository:
    made = {name: _channel(folder / name, tuple(rpms)) for name, rpms in channels.items()}
    return Repository(path=folder, channels=made, fingerprint=key.fingerprint, digest=identity)


def _channel(path: Path, rpms: tuple[Rpm, ...]) -> Channel:
    repomd = digest_bytes((path / "repodata" / "repomd.xml").read_bytes())
    return Channel(name=path.name, path=path, packages=rpms, repomd=repomd)
