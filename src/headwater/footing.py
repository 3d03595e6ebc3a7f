"""What images stand on, kept by all that decides it: who changes images alone derives, builds and publishes nothing again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from headwater import command
from headwater.digest import digest_file, digest_of
from headwater.errors import Failure
from headwater.progress import step
from headwater.request import Request, Workshop
from headwater.rpm.model import Rpm
from headwater.sbom import Facts
from headwater.store import Blob

KIND, VERSION = "footing", 1  # of what is kept


class Footing(msgspec.Struct, frozen=True, kw_only=True):
    """`packages` are all that images may hold, `facts` are told of them.

    `published` has the digests of the repository's metadata, by path in the output folder.
    """

    packages: tuple[Rpm, ...]
    facts: Facts
    published: dict[str, str]


def kept_footing(request: Request, workshop: Workshop, ground: str) -> Footing | None:
    """The footing, if nothing changed that decides it, the store has the packages, and the repository lies where it was put."""
    key = _key(request, workshop, ground)
    found = request.store.use(KIND, key) if key else None
    if found is None:
        return None
    footing = msgspec.json.decode(request.store.read(found.outputs[KIND].digest), type=Footing)
    with step("repository", f"{len(footing.packages)} packages", reason="nothing that decides them changed") as work:
        work.cached()
    return footing if _is_published(request, footing.published) else None


def keep_footing(request: Request, workshop: Workshop, ground: str, footing: Footing) -> None:
    """Keep it for as long as `ground` (`config.ground_of`) is the same, and with it the packages."""
    if key := _key(request, workshop, ground):
        packages = {rpm.filename: Blob(digest=rpm.digest, size=rpm.size) for rpm in footing.packages}
        request.store.put(KIND, key, packages | {KIND: request.store.add_bytes(msgspec.json.encode(footing))})


def _key(request: Request, workshop: Workshop, ground: str) -> str:
    """Checks of packages have exceptions that end on a day, and releases are counted from the project's history."""
    if not ground:
        return ""
    servers = [one.url if one else "" for one in (request.engine, request.cache)]
    today = datetime.now(UTC).date().isoformat()
    root = request.project.root
    made_with = [workshop.toolbox.key, workshop.key.fingerprint]
    return digest_of([VERSION, ground, str(root), _revision(root), today, servers, made_with])


def _revision(root: Path) -> str:
    """The commit that a project is at; empty where it is in no repository."""
    if "GIT_DIR" not in os.environ and not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return ""
    try:
        return command.run(["git", "-C", root, "rev-parse", "HEAD"]).text.strip()
    except Failure:
        return ""


def _is_published(request: Request, published: Mapping[str, str]) -> bool:
    try:
        return all(digest_file(request.project.output / name) == digest for name, digest in published.items())
    except OSError:
        return False
