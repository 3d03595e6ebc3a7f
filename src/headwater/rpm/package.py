"""Headers of package files, read in bulk by rpm in the toolbox and remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from headwater.digest import digest_of
from headwater.errors import Failure, Kind, Problem
from headwater.progress import step
from headwater.rpm.header import Header
from headwater.rpm.model import Rpm
from headwater.store import Blob, Store
from headwater.toolbox import Toolbox, sandbox

KIND = "header"
VERSION = 2  # of inside_headers.py and of what Header holds
INSIDE = Path(__file__).with_name("inside_headers.py")
LIMIT = 600  # seconds for all of them


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    header: Header | None = None
    error: str = ""


def headers(rpms: Sequence[Rpm], toolbox: Toolbox, store: Store) -> tuple[Header, ...]:
    """The header of each package, in the order of `rpms`; a file that rpm can not read is a Problem (REPOSITORY)."""
    found = read_headers({rpm.digest: rpm.filename for rpm in rpms}, toolbox, store)
    return tuple(found[rpm.digest] for rpm in rpms)


def read_headers(files: Mapping[str, str], toolbox: Toolbox, store: Store) -> dict[str, Header]:
    """Headers of files in the store: from the name that messages show by digest, to the header by digest."""
    keys = {digest: digest_of([VERSION, toolbox.key, digest]) for digest in sorted(files)}
    known = {digest: store.get(KIND, key) for digest, key in keys.items()}
    missing = [digest for digest, result in known.items() if result is None]
    for digest, header in zip(missing, _ask(missing, files, toolbox, store) if missing else (), strict=True):
        known[digest] = store.put(KIND, keys[digest], {"json": msgspec.json.encode(header)})
    blobs = {digest: result.outputs["json"].digest for digest, result in known.items() if result}
    return {digest: msgspec.json.decode(store.read(blob), type=Header) for digest, blob in blobs.items()}


def rpm_of(header: Header, file: Blob, *, origin: str, component: str = "") -> Rpm:
    """An unsigned package in the store, as its header names it; of a component of its own name where none is told."""
    return Rpm(
        name=header.name,
        epoch=header.epoch,
        version=header.version,
        release=header.release,
        arch=header.arch,
        digest=file.digest,
        size=file.size,
        origin=origin,
        component=component or header.name,
        payload=file.digest,
    )


def _ask(digests: Sequence[str], files: Mapping[str, str], toolbox: Toolbox, store: Store) -> list[Header]:
    places = [store.path(digest) for digest in digests]
    with step("read", f"{len(digests)} packages", reason="their headers were not read before"):
        lines = sandbox.run(
            toolbox,
            ["python3", "-I", "/run/inside_headers.py"],
            binds=[
                sandbox.Bind(source=INSIDE, target="/run/inside_headers.py"),
                sandbox.Bind(source=store.root / "blobs", target="/run/blobs"),
            ],
            stdin="".join(f"/run/blobs/{place.relative_to(store.root / 'blobs')}\n" for place in places).encode(),
            timeout=LIMIT,
            what="rpm could not be asked about packages",
        ).stdout
    answers = [msgspec.json.decode(line, type=_Answer) for line in lines.splitlines()]
    problems = [
        Problem(kind=Kind.REPOSITORY, what=f"`{files[digest]}` is no package that rpm can read", why=answer.error)
        for digest, answer in zip(digests, answers, strict=True)
        if not answer.header
    ]
    if problems:
        raise Failure(problems)
    return [answer.header for answer in answers if answer.header]
