"""Builds the toolbox: locked Debian packages, fetched by digest, installed by mmdebstrap from a repository made of just these.

Nothing is asked of the network but files that the store does not have. The root is named by the digest of its packages, so it
is built once and shared by all projects that lock the same.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from headwater import command
from headwater.digest import digest_of
from headwater.errors import Kind, fail
from headwater.origin import Origin
from headwater.progress import step
from headwater.store import Store
from headwater.toolbox.lock import compare, fits, make_lock, read_lock, write_lock
from headwater.toolbox.model import Deb, Lock, Toolbox
from headwater.toolbox.subordinate import subordinate_ids

VERSION = 2  # of what this file makes from the same packages
LIMIT = 1800  # seconds for mmdebstrap
LEFT_OUT = (  # never read by a program that Headwater runs
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/lib/cni/*",
)


def open_toolbox(suite: str, names: Sequence[str], lock_file: Path, store: Store) -> Toolbox:
    """The toolbox of these locked packages, built if it is not there yet.

    Without a lock file one is written. Where the mirror no longer has what is locked, apt resolves anew for this machine
    only, and `Toolbox.moved` says what differs; the lock file stays as it is.
    """
    lock = read_lock(lock_file)
    if lock is None:
        lock = make_lock(suite, names, store)
        write_lock(lock_file, lock)
    if not fits(lock, suite, names):
        raise fail(
            Kind.CONFIG,
            f"`{lock_file.name}` was made for another list of packages",
            where=Origin(file=str(lock_file)),
            why=_difference(lock, suite, names),
            hint="hw toolbox update",
        )
    usable, moved = _usable(lock, store)
    key = _key(usable)
    root = store.tree("toolbox", key, lambda place: _build(usable, names, place, store))
    return Toolbox(root=root, key=key, moved=moved)


def update_lock(suite: str, names: Sequence[str], lock_file: Path, store: Store, *, dry_run: bool = False) -> tuple[str, ...]:
    """Ask apt anew and, unless `dry_run`, write the lock file; gives what changed, as lines `name old -> new`."""
    old, new = read_lock(lock_file), make_lock(suite, names, store)
    if old != new and not dry_run:
        write_lock(lock_file, new)
    return compare(old, new)


def _key(debs: Sequence[Deb]) -> str:
    return digest_of([VERSION, LEFT_OUT, sorted([deb.name, deb.version, deb.sha256] for deb in debs)])


def _usable(lock: Lock, store: Store) -> tuple[tuple[Deb, ...], tuple[str, ...]]:
    """Locked packages that are all in the store now, or those that stand in for them; and how these differ."""
    if (store.root / "trees" / "toolbox" / _key(lock.debs)).exists():
        return lock.debs, ()
    from headwater.toolbox.pool import fetch, fetch_what_is_there  # noqa: PLC0415 nor anybody who fetches them

    stand_in = store.get("moved-toolbox", _key(lock.debs))
    if stand_in is None:
        if not fetch_what_is_there(lock.debs, store):
            return lock.debs, ()
        debs = make_lock(lock.suite, lock.wanted, store).debs
        stand_in = store.put("moved-toolbox", _key(lock.debs), {}, facts=msgspec.to_builtins(debs))
    debs = msgspec.convert(stand_in.facts, tuple[Deb, ...])
    fetch(debs, store)
    return debs, compare(lock, msgspec.structs.replace(lock, debs=debs))


def _difference(lock: Lock, suite: str, names: Sequence[str]) -> str:
    if lock.suite != suite:
        return f"it is for `{lock.suite}`, expected `{suite}`"
    more, fewer = sorted(set(names) - set(lock.wanted)), sorted(set(lock.wanted) - set(names))
    told = ["asked for and not locked: " + ", ".join(more)] if more else []
    return "; ".join(told + (["locked and not asked for: " + ", ".join(fewer)] if fewer else []))


def _build(debs: Sequence[Deb], names: Sequence[str], place: Path, store: Store) -> None:
    """Fill the empty directory `place`."""
    with step("toolbox", f"{len(debs)} packages", reason="this set of packages was never installed here") as work:
        with _open_to_mmdebstrap(store) as repository:
            write_repository(debs, repository, store)
            work.note("installing")
            _install(repository, names, place)
        _settle(place)


@contextmanager
def _open_to_mmdebstrap(store: Store) -> Iterator[Path]:
    """A private directory; that of an ordinary user must lie where the other ids of his namespace may go, and a home is not."""
    if os.geteuid() == 0:
        with store.scratch("repository") as folder:
            yield folder
        return
    with tempfile.TemporaryDirectory(prefix="headwater-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def write_repository(debs: Sequence[Deb], folder: Path, store: Store) -> None:
    """Make `folder` a flat apt repository: hard links (or copies) of the packages and their `Packages` index."""
    from headwater.toolbox.deb import read_control  # noqa: PLC0415 a root that is there needs no reader of packages

    entries = []
    for deb in sorted(debs):
        blob, file = store.path(deb.sha256), f"{deb.sha256}.deb"
        _link_or_copy(blob, folder / file)
        entries.append(f"{read_control(blob)}\nFilename: ./{file}\nSize: {deb.size}\nSHA256: {deb.sha256}\n")
    (folder / "Packages").write_text("\n".join(entries))


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copyfile(source, target)


def _install(repository: Path, names: Sequence[str], place: Path) -> None:
    """As root straight into `place`; as an ordinary user by way of a tar, since other ids can not write there."""
    root = os.geteuid() == 0
    subordinate_ids()  # mmdebstrap's own words for a user who has none are about its options
    target = place if root else repository / "root.tar"
    alone = ["unshare", "--mount", "--propagation", "private"] if root else []  # killed, it leaves no mount of /dev behind
    words = [*alone, "mmdebstrap", f"--mode={'root' if root else 'unshare'}", "--variant=essential", "--architectures=amd64"]
    words += [f"--include={','.join(sorted(set(names)))}", "--dpkgopt=force-unsafe-io"]
    words += [f"--dpkgopt=path-exclude={glob}" for glob in LEFT_OUT]
    words += ["--skip=check/signed-by"]  # there is nothing signed here: every file was checked by its digest
    words += ['--aptopt=APT::Install-Recommends "false"', '--aptopt=APT::Sandbox::User "root"']
    words += ["", str(target), f"deb [trusted=yes] copy:{repository} ./"]
    env = {
        **os.environ,
        "SOURCE_DATE_EPOCH": "0",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(repository if root else repository.parent),
    }
    command.run(words, env=env, timeout=LIMIT, what="the toolbox could not be installed", hint="tools/prepare")
    if not root:
        command.run(["tar", "-x", "--no-same-owner", "--exclude=./dev/*", "-f", target, "-C", place])


def _settle(place: Path) -> None:
    """Make what the sandbox binds over, and forget this machine."""
    for folder in ("dev", "proc", "sys", "run", "tmp", "var/tmp"):
        (place / folder).mkdir(parents=True, exist_ok=True)
    (place / "etc/resolv.conf").unlink(missing_ok=True)
    (place / "etc/resolv.conf").touch()  # this machine's is bound over it for what may use the network
    (place / "etc/hostname").write_text("toolbox\n")
