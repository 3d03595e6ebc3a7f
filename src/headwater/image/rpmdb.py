"""The rpm database of an image: rpm records each package once, without installing anything, and imports records together."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from pathlib import Path

from headwater.digest import digest_of
from headwater.errors import Kind
from headwater.image.index import Index, entry_of
from headwater.image.segments import pieces
from headwater.progress import step
from headwater.rpm.model import Rpm
from headwater.store import Blob, Result, Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

VERSION = 1  # of what a record is
BY = "made:rpmdb"
PATH = "/var/lib/rpm"  # rpm's own default, as the bridged rpm has it
FLAGS = "--nodeps --noscripts --notriggers --noplugins --nosysusers --nosignature --replacefiles --ignoresize --ignorearch"
BLOBS, WORK = "/tmp/blobs", "/tmp/work"  # noqa: S108 in the sandbox
# arguments: epoch, package, record, and again; each in a database of its own, so that a record follows from its package alone
RECORD = f"""
set -e; while [ "$#" -gt 0 ]; do
  SOURCE_DATE_EPOCH=$1 rpm -i --justdb --dbpath /tmp/db {FLAGS} "$2"
  rpmdb --dbpath /tmp/db --exportdb >"$3"; rm -rf /tmp/db; shift 3
done
"""


def add_database(index: Index, packages: Sequence[Rpm], *, epoch: int, toolbox: Toolbox, store: Store) -> None:
    """Put the database into the index. A package counts as installed at the time when it was built.

    Paths that the image removes stay in it, and `rpm -V` misses them: `--excludepath` has no effect with `--justdb`.
    """
    path = posixpath.join(PATH, "rpmdb.sqlite")
    index[path] = entry_of(path, _database(sorted(packages), toolbox, store), epoch, by=BY)


def _database(packages: Sequence[Rpm], toolbox: Toolbox, store: Store) -> Blob:
    """What rpm makes of the records of these packages, from the store if it made the same before."""
    key = digest_of([VERSION, [rpm.digest for rpm in packages], toolbox.key])
    known = store.use("rpmdb", key)
    if known is None:
        records = b"".join(store.read(record.outputs["header"].digest) for record in _records(packages, toolbox, store))
        with store.scratch("rpmdb") as work:
            sandbox.run(
                toolbox,
                ["rpmdb", "--dbpath", WORK, "--importdb"],
                binds=[sandbox.Bind(source=work, target=WORK, writable=True)],
                stdin=records,
                kind=Kind.IMAGE,
                what="rpm could not record the image's packages",
            )
            known = store.put("rpmdb", key, {"sqlite": work / "rpmdb.sqlite"})
    return known.outputs["sqlite"]


def _records(packages: Sequence[Rpm], toolbox: Toolbox, store: Store) -> Iterable[Result]:
    """What rpm writes down of each package; made in one go where it was not made before."""
    keys = {rpm: digest_of([VERSION, rpm.digest, toolbox.key]) for rpm in packages}
    missing = [rpm for rpm in packages if store.get("rpm-record", keys[rpm]) is None]
    if missing:
        with (
            step("record", f"{len(missing)} packages", reason="rpm did not write them down before"),
            store.scratch("rpm") as work,
        ):
            _write(missing, work, toolbox, store)
            for number, rpm in enumerate(missing):
                store.put("rpm-record", keys[rpm], {"header": work / str(number)}, inputs={rpm.filename: rpm.digest})
    for rpm in packages:
        made = store.get("rpm-record", keys[rpm])
        assert made, "records were made above"
        yield made


def _write(packages: Sequence[Rpm], work: Path, toolbox: Toolbox, store: Store) -> None:
    words = []
    for number, (rpm, piece) in enumerate(zip(packages, pieces(packages, toolbox, store), strict=True)):
        place = store.path(rpm.digest).relative_to(store.root / "blobs")
        words += [str(piece.buildtime), f"{BLOBS}/{place}", f"{WORK}/{number}"]
    sandbox.run(
        toolbox,
        ["sh", "-c", RECORD, "record", *words],
        binds=[sandbox.Bind(source=store.root / "blobs", target=BLOBS), sandbox.Bind(source=work, target=WORK, writable=True)],
        kind=Kind.IMAGE,
        what="rpm could not write a package down",
    )
