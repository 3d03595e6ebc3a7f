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
    digests = sorted(files)
    if not digests:
        return {}
    key = digest_of([VERSION, toolbox.key, digests])
    known = store.get("headers", key)
    if not known:
        lines = _ask(digests, toolbox, store)
        _refuse(digests, files, lines)
        known = store.put("headers", key, {"headers.jsonl": lines})
    lines = store.read(known.outputs["headers.jsonl"].digest)
    return dict(zip(digests, (answer.header for answer in _answers(lines) if answer.header), strict=True))


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


def _ask(digests: Sequence[str], toolbox: Toolbox, store: Store) -> bytes:
    places = [store.path(digest) for digest in digests]
    with step("read", f"{len(digests)} packages", reason="their headers were not read together before"):
        return sandbox.run(
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


def _refuse(digests: Sequence[str], files: Mapping[str, str], lines: bytes) -> None:
    problems = [
        Problem(kind=Kind.REPOSITORY, what=f"`{files[digest]}` is no package that rpm can read", why=answer.error)
        for digest, answer in zip(digests, _answers(lines), strict=True)
        if not answer.header
    ]
    if problems:
        raise Failure(problems)


def _answers(lines: bytes) -> list[_Answer]:
    return [msgspec.json.decode(line, type=_Answer) for line in lines.splitlines()]
