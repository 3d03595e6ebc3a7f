"""The rpm database of an image: rpm records the packages without installing anything."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from headwater.errors import Kind
from headwater.image.index import Index, file_of
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

PATH = "/var/lib/rpm"  # rpm's own default, as the bridged rpm has it
FLAGS = "--nodeps --noscripts --notriggers --noplugins --nosysusers --nosignature --replacefiles --ignoresize --ignorearch"


def add_database(index: Index, packages: Sequence[Rpm], *, epoch: int, toolbox: Toolbox, store: Store) -> None:
    """Put the database into the index. Packages are recorded in order of name, because install times count up from `epoch`.

    Paths that the image removes stay in it, and `rpm -V` misses them: `--excludepath` has no effect with `--justdb`.
    """
    blobs = [f"/tmp/blobs/{store.path(rpm.digest).relative_to(store.root / 'blobs')}" for rpm in sorted(packages)]  # noqa: S108 in the sandbox
    with store.scratch("rpmdb") as work:
        sandbox.run(
            toolbox,
            ["rpm", "-i", "--justdb", "--dbpath", "/tmp/db", *FLAGS.split(), *blobs],  # noqa: S108 in the sandbox
            binds=[
                sandbox.Bind(source=store.root / "blobs", target="/tmp/blobs"),  # noqa: S108 in the sandbox
                sandbox.Bind(source=work, target="/tmp/db", writable=True),  # noqa: S108 in the sandbox
            ],
            env={"SOURCE_DATE_EPOCH": str(epoch)},
            kind=Kind.IMAGE,
            what="rpm could not record the image's packages",
        )
        content = (work / "rpmdb.sqlite").read_bytes()
    path = posixpath.join(PATH, "rpmdb.sqlite")
    index[path] = file_of(path, content, epoch, store, by="made:rpmdb")
