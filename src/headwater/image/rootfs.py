"""One root per image: pieces, removals, files of ours, users, rpm database, finishers."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import msgspec

from headwater.config.images import ImageKind, ImageRule
from headwater.config.workshop import MACHINE, MadeFile
from headwater.digest import digest_bytes, digest_file, digest_of, identity_of
from headwater.image.contents import Contents
from headwater.image.dnfstate import add_state
from headwater.image.finish import finish
from headwater.image.finishers import for_machine
from headwater.image.index import Index, add_made, complete, file_of, merge, numbered_links, remove
from headwater.image.installer import installer_files
from headwater.image.model import Root
from headwater.image.roots import keep_root, read_root
from headwater.image.rpmdb import add_database
from headwater.image.segments import pieces
from headwater.image.slots import slot_files
from headwater.image.trusting import CERTIFICATE, is_trusting, trusting_files
from headwater.image.updates import KEYRING, OS_RELEASE, is_sealed, release_words, update_files
from headwater.image.users import add_users, check_owners
from headwater.image.wsl import wsl_files
from headwater.progress import step
from headwater.rpm.model import Rpm
from headwater.sign.model import NOBODY, Trust
from headwater.store import Blob, Store
from headwater.toolbox.model import Toolbox

VERSION = 4
WITHOUT_DATABASE = {ImageKind.INITRD, ImageKind.EXTENSION}  # nobody asks an initrd for its packages, and a machine has its own
SYSTEMD = "/usr/lib/systemd/systemd"


class Composed(msgspec.Struct, frozen=True, kw_only=True):
    """A root and where it lies in the store: `index` is JSON of Root."""

    root: Root
    index: Blob


def compose(
    rule: ImageRule,
    packages: Sequence[Rpm],
    toolbox: Toolbox,
    store: Store,
    architecture: str = MACHINE,
    *,
    trust: Trust = NOBODY,
) -> Composed:
    """The root of an image for an architecture, from the store if the same was composed before.

    `trust` has whom it believes. Errors: Failure(IMAGE) with every file conflict, unknown owner or removal
    that finds nothing.
    """
    rule = for_machine(rule, architecture)
    key = root_key(rule, packages, toolbox, architecture, trust)
    with step("compose", rule.name, reason=f"{len(packages)} packages") as work:
        known = _known(key, store)
        if known:
            work.cached()
            return known
        inputs = {package.filename: package.digest for package in packages}
        root = _compose(rule, packages, trust, toolbox, store)
        result = store.put("root", key, {"index": keep_root(root, store)}, inputs=inputs)
    return Composed(root=root, index=result.outputs["index"])


def _known(key: str, store: Store) -> Composed | None:
    """What was composed before, if the contents of its files are still there."""
    result = store.get("root", key)
    if result is None:
        return None
    index = result.outputs["index"]
    root = read_root(index.digest, store)
    packs = {entry.pack for entry in root.entries if entry.pack}
    return Composed(root=root, index=index) if all(map(store.has, packs)) else None


def root_key(
    rule: ImageRule, packages: Sequence[Rpm], toolbox: Toolbox, architecture: str = MACHINE, trust: Trust = NOBODY
) -> str:
    """Digest of everything that a root is made from."""
    table = {
        "packages": sorted(package.digest for package in packages),
        "asked": sorted(asked_names(rule)),
        "remove": [identity_of(removal) for removal in rule.remove],
        "files": [(identity_of(made), _content(made.source)) for made in given_files(rule)],
        "users": [identity_of(user) for user in rule.users],
        "finishers": [finisher.name for finisher in for_machine(rule, architecture).finishers],
        "units": rule.units,
        "kind": rule.kind.value,
        "hostname": rule.hostname,
        "toolbox": toolbox.key,
        "version": VERSION,
    }
    if is_sealed(rule):
        table["release"] = [release_words(rule), digest_bytes(trust.keyring) if rule.updates.url else ""]
    if trust.secure_boot and is_trusting(rule):
        table["certificate"] = trust.secure_boot.fingerprint
    return digest_of(table)


def asked_names(rule: ImageRule) -> set[str]:
    """The packages that the image's table names; all others came along."""
    return {name for group in rule.packages for name in group.names}


def given_files(rule: ImageRule) -> tuple[MadeFile, ...]:
    """The files that no package brings: those of the image's kind, then its own, which win."""
    sealed = (*slot_files(rule), *update_files(rule), *trusting_files(rule))
    return (*wsl_files(rule), *sealed, *installer_files(rule), *rule.files)


def _content(source: str | None) -> str:
    return digest_file(Path(source)) if source else ""


def _compose(rule: ImageRule, packages: Sequence[Rpm], trust: Trust, toolbox: Toolbox, store: Store) -> Root:
    parts = pieces(sorted(packages), toolbox, store)
    epoch = max((piece.buildtime for piece in parts), default=0)
    index = remove(merge(parts), rule.remove)
    if SYSTEMD in index:
        _add_first_boot(index, epoch, store)
    if rule.hostname:
        index["/etc/hostname"] = file_of("/etc/hostname", f"{rule.hostname}\n".encode(), epoch, store, by="made:identity")
    _add_release(index, rule, trust, epoch, store)
    add_made(index, given_files(rule), epoch, store)
    ids = add_users(index, rule.users, epoch, toolbox, store)
    if packages and rule.kind not in WITHOUT_DATABASE:
        add_database(index, packages, epoch=epoch, toolbox=toolbox, store=store)
        add_state(index, packages, asked_names(rule), epoch, store)
    index = complete(index, epoch)
    index = complete(finish(index, rule.finishers, rule.units, ids, epoch, toolbox, store), epoch)
    check_owners(index, ids)
    return Root(entries=tuple(numbered_links(index).values()), ids=ids, epoch=epoch)


def _add_first_boot(index: Index, epoch: int, store: Store) -> None:
    """The machine names itself at its first boot, and needs not do again then what finishers did here."""
    add = functools.partial(file_of, epoch=epoch, store=store, by="made:identity")
    index["/etc/machine-id"] = add("/etc/machine-id", b"uninitialized\n", mode=0o444)
    stamp = f"# Made with the image\nTIMESTAMP_NSEC={epoch * 10**9}\n".encode()  # systemd-update-done.service(8)
    for path in ("/etc/.updated", "/var/.updated"):
        index[path] = add(path, stamp)


def _add_release(index: Index, rule: ImageRule, trust: Trust, epoch: int, store: Store) -> None:
    """Which version this is, and who may make the next one."""
    words, known = release_words(rule), index.get(OS_RELEASE)
    if words:
        with Contents(store) as contents:
            said = contents.whole(known).rstrip() + b"\n" if known and known.is_file else b""
        index[OS_RELEASE] = file_of(OS_RELEASE, said + words.encode(), epoch, store, by="made:identity")
    if is_sealed(rule) and rule.updates.url:
        index[KEYRING] = file_of(KEYRING, trust.keyring, epoch, store, by="made:identity")
    if trust.secure_boot and is_trusting(rule):
        certificate = (trust.secure_boot.folder / "db.pem").read_bytes()
        index[CERTIFICATE] = file_of(CERTIFICATE, certificate, epoch, store, by="made:identity")
