"""One signed list over everything that leaves the output folder beside the repository: images and their bills of materials.

The list is what sha256sum(1) writes and checks; the signature stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from headwater.digest import digest_file
from headwater.errors import Failure, Kind, Problem, fail
from headwater.evidence.model import World
from headwater.origin import Origin
from headwater.progress import step
from headwater.sign import check_bytes, sign_bytes
from headwater.sign.model import Key
from headwater.toolbox import Toolbox
from headwater.whole import write_whole

LIST = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.asc"
_LINE = re.compile(r"([0-9a-f]{64})  ([^/\0][^\0]*)")


def seal(world: World, key: Key, toolbox: Toolbox) -> Path:
    """Write the list and its signature into the output folder; what is the same already stays untouched."""
    folder = world.project.output
    lines = sorted(f"{digest}  {path.relative_to(folder)}" for path, digest in _sums(world, folder))
    content = ("\n".join(lines) + "\n").encode()
    with step("seal", f"{len(lines)} files"):
        write_whole(folder / LIST, content)
        write_whole(folder / SIGNATURE, sign_bytes(content, key, toolbox, world.store))
    return folder / LIST


def check_seal(folder: Path, key: Key) -> tuple[str, ...]:
    """The names of all sealed files; raises Failure(SIGNATURE) for a list that was changed and for every file that was."""
    try:
        content, signature = (folder / LIST).read_bytes(), (folder / SIGNATURE).read_bytes()
    except OSError as error:
        raise fail(Kind.SIGNATURE, f"`{folder}` holds no signed list", why=str(error), hint="hw world") from None
    check_bytes(content, signature, key, str(folder / LIST))
    sums = dict(_read(content.decode(errors="replace"), folder / LIST))
    problems = [problem for name, digest in sorted(sums.items()) for problem in _fault(folder / name, digest)]
    if problems:
        raise Failure(problems)
    return tuple(sorted(sums))


def _sums(world: World, folder: Path) -> Iterator[tuple[Path, str]]:
    for image in world.images.values():
        for artefact in image.artefacts:
            if artefact.path.is_dir():
                yield from ((file, digest_file(file)) for file in artefact.path.rglob("*") if file.is_file())
            else:
                yield artefact.path, artefact.digest.removeprefix("sha256:")
    yield from ((path, digest_file(path)) for path in (folder / "sbom").glob("*.json"))
    for name in world.images:
        yield from ((file, digest_file(file)) for file in (folder / "referrers" / name).rglob("*") if file.is_file())


def _read(text: str, path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        found = _LINE.fullmatch(line)
        if not found or ".." in Path(found[2]).parts:
            where = Origin(file=str(path), line=number)
            raise fail(Kind.SIGNATURE, "a line of the signed list can not be read", where=where, why=repr(line[:100]))
        yield found[2], found[1]


def _fault(path: Path, digest: str) -> Iterator[Problem]:
    found = digest_file(path) if path.is_file() else "nothing"
    if found != digest:
        why = f"expected SHA-256 {digest}, found {found}"
        yield Problem(kind=Kind.SIGNATURE, what=f"`{path}` is not what was signed", why=why, hint="remove it and run: hw world")
