"""File contents out of packages: only those that the engine lacks, each checked against its header."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from headwater.engine import Digest
from headwater.errors import Kind
from headwater.progress import step
from headwater.rpm import Header
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox

INSIDE = Path(__file__).with_name("inside_content.py")
LIMIT = 900  # seconds for all of them


def package_content(
    packages: Mapping[Rpm, Header], wanted: set[Digest], toolbox: Toolbox, store: Store
) -> Iterator[tuple[Digest, Path]]:
    """Files with the wanted contents; each is gone when the next is asked for."""
    asked = _questions(packages, {digest.hash for digest in wanted})
    if not asked:
        return
    with (
        step("ingest", f"{len(asked)} packages", reason=f"{len(wanted)} files are new to the engine"),
        store.scratch("content") as folder,
    ):
        sandbox.run(
            toolbox,
            ["python3", "-I", "/run/inside_content.py"],
            binds=[
                sandbox.Bind(source=INSIDE, target="/run/inside_content.py"),
                sandbox.Bind(source=store.root / "blobs", target="/run/blobs"),
                sandbox.Bind(source=folder, target="/run/out", writable=True),
            ],
            stdin=msgspec.json.encode(
                [(_inside(store.path(rpm.digest), store), sorted(hashes)) for rpm, hashes in asked.items()]
            ),
            timeout=LIMIT,
            kind=Kind.BUILD,
            what="packages could not be unpacked for a build root",
        )
        sizes = {digest.hash: digest for digest in wanted}
        for path in sorted(folder.iterdir()):
            yield sizes[path.name], path
            path.unlink()


def _questions(packages: Mapping[Rpm, Header], wanted: set[str]) -> dict[Rpm, set[str]]:
    """Which package gives which content; each content is taken from one package only."""
    asked: dict[Rpm, set[str]] = {}
    left = set(wanted)
    for rpm in sorted(packages):
        own = left & {file.digest for file in packages[rpm].files if file.regular}
        if own:
            asked[rpm] = own
            left -= own
    return asked


def _inside(path: Path, store: Store) -> str:
    return f"/run/blobs/{path.relative_to(store.root / 'blobs')}"
