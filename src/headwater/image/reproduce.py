"""Builds an image again in other circumstances and compares every file with the first: is it a function of its packages?"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from headwater import command
from headwater.config.images import ImageRule
from headwater.config.model import Project
from headwater.diffoscope import differ
from headwater.digest import digest_file
from headwater.errors import Kind, Problem
from headwater.image.again import UMASK, Again, Part, encode
from headwater.image.contents import Contents
from headwater.image.difference import compare_roots, content_size, root_of
from headwater.image.model import Image, Root
from headwater.image.note import NOTE, read_note
from headwater.progress import step
from headwater.rpm.model import Rpm
from headwater.sign.model import NOBODY, Trust
from headwater.store import Store
from headwater.toolbox.model import Toolbox

ROOT = "root"  # the list of all that is in an image, beside its files
UID, GID, HOST = 4242, 4343, "elsewhere"
ENVIRONMENT = {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "tr", "HOME": "/nowhere"}
START = "from headwater.image.again import main; main()"
MEMORY = Path("/dev/shm")  # noqa: S108 a file system that lists directories in another order
ROOM = 16  # bytes of free memory for each byte of an image's content, before it is built there
LIMIT = 3600  # seconds for all images together
FEW = 20  # paths that a problem shows


class Circumstance(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is otherwise in the second build."""

    what: str
    first: str
    second: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One file of an image (or `root`, the list of all that is in it), and whether both builds gave the same bytes."""

    image: str
    file: str
    same: bool
    first: str
    second: str


class Reproduction(msgspec.Struct, frozen=True, kw_only=True):
    """Both builds beside one another; `problems` says of each image that differs in what."""

    circumstances: tuple[Circumstance, ...]
    verdicts: tuple[Verdict, ...]
    problems: tuple[Problem, ...]


def reproduce(
    images: Mapping[str, Image],
    rules: Sequence[ImageRule],
    *,
    project: Project,
    toolbox: Toolbox,
    store: Store,
    trust: Trust = NOBODY,
) -> Reproduction:
    """Build images again, from their packages alone, as somebody else, elsewhere; `rules` are those of `images`, in order.

    `trust` has the keys that they believe.
    """
    with _elsewhere(images, store) as place, step("again", ", ".join(images), reason="are they the same bytes elsewhere?"):
        other = Store(place / "store")
        for rpm in {rpm.digest: rpm for one in images.values() for rpm in one.every_package}.values():
            _share(rpm.digest, store, other)
        parts = tuple(Part(rule=rule, packages=_needed(rule, images)) for rule in rules)
        wanted = Again(
            parts=parts,
            root=project.root,
            settings=project.project,
            distros=project.distros,
            policy=project.policy,
            toolbox=toolbox,
            trust=trust,
            store=other.root,
            output=place / "images",
        )
        _start(wanted)
        verdicts, problems = [], []
        for name, one in images.items():
            found = _compare(one, place / "images" / name)
            verdicts += found
            if not all(verdict.same for verdict in found):
                problems.append(_problem(one, place / "images" / name, found, toolbox, store, other))
        return Reproduction(
            circumstances=tuple(_circumstances(store.root, place)), verdicts=tuple(verdicts), problems=tuple(problems)
        )


def _needed(rule: ImageRule, images: Mapping[str, Image]) -> tuple[Rpm, ...]:
    """The packages that an image is chosen from, in another order; an extension's are chosen beside those of its image."""
    below = images[rule.extension.of].every_package if rule.extension.of else ()
    return (*images[rule.name].every_package[::-1], *below)


@contextmanager
def _elsewhere(images: Mapping[str, Image], store: Store) -> Iterator[Path]:
    """A private directory: in memory, where directories are listed in another order, or beside the store if it is too small."""
    roots = [root for one in images.values() if (root := root_of(one, store))]
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and _free_memory() > ROOM * sum(map(content_size, roots)):
        with tempfile.TemporaryDirectory(prefix="headwater-another-place-", dir=MEMORY) as name:
            yield Path(name)
    else:
        with store.scratch("another-place") as place:
            yield place


def _free_memory() -> int:
    """Bytes that are free, or could be at once (proc(5), meminfo), and that the file system in memory still takes."""
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    there = os.statvfs(MEMORY)
    return min(int(lines["MemAvailable"].split()[0]) << 10, there.f_bavail * there.f_frsize)


def _share(digest: str, store: Store, other: Store) -> None:
    place = other.root / "blobs" / digest[:2] / digest
    place.parent.mkdir(parents=True, exist_ok=True)
    source = store.path(digest)
    try:
        os.link(source, place)
    except OSError:  # another file system
        command.run(["cp", source, place], kind=Kind.STORE)


def _start(wanted: Again) -> None:
    """In a user namespace of its own: another user without asking for one, on another host."""
    vector = ["bwrap", "--die-with-parent", "--unshare-user", "--unshare-uts", "--uid", str(UID), "--gid", str(GID)]
    vector += ["--hostname", HOST, "--dev-bind", "/", "/", "--chdir", str(wanted.output.parent), "--clearenv"]
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "VIRTUAL_ENV") if name in os.environ}
    for name, value in {**kept, **ENVIRONMENT}.items():
        vector += ["--setenv", name, value]
    vector += ["--", sys.executable, "-c", START]
    command.run(vector, stdin=encode(wanted), timeout=LIMIT, kind=Kind.IMAGE, what="the image could not be built again")


def _circumstances(first: Path, second: Path) -> Iterator[Circumstance]:
    umask = os.umask(0)
    os.umask(umask)
    told = {
        "user": (f"{os.geteuid()}:{os.getegid()}", f"{UID}:{GID}"),
        "umask": (f"{umask:04o}", f"{UMASK:04o}"),
        "time zone": (os.environ.get("TZ", "the machine's"), ENVIRONMENT["TZ"]),
        "locale": (os.environ.get("LC_ALL") or os.environ.get("LANG") or "C", ENVIRONMENT["LC_ALL"]),
        "processors": (str(len(os.sched_getaffinity(0))), "1"),
        "host": (os.uname().nodename, HOST),
        "place": (str(first), str(second)),
        "order of directories": ("the store's file system", "in memory" if second.is_relative_to(MEMORY) else "not varied"),
        "order of packages": ("by name", "the other way round"),
        "results of before": ("used", "none but packages"),
        "clock": ("when it was made", "now; no program here can set it years ahead"),
    }
    yield from (Circumstance(what=what, first=one, second=two) for what, (one, two) in told.items())


def _compare(image: Image, place: Path) -> list[Verdict]:
    """Every file of both builds, whole."""
    again = read_note(place / NOTE)
    assert again, "a build that ended well leaves its note"
    base = image.artefacts[0].path.parent
    names = {path.relative_to(side) for side in (base, place) for path in side.rglob("*") if path.is_file()} - {Path(NOTE)}
    verdicts = [_verdict(image.name, ROOT, image.index, again.index)]
    for name in sorted(names):
        one, two = (digest_file(side / name) if (side / name).is_file() else "" for side in (base, place))
        verdicts.append(_verdict(image.name, str(name), one, two))
    return verdicts


def _verdict(image: str, file: str, first: str, second: str) -> Verdict:
    return Verdict(image=image, file=file, same=first == second, first=first, second=second)


def _problem(  # noqa: PLR0917 private, and each is a different thing
    image: Image, place: Path, verdicts: Sequence[Verdict], toolbox: Toolbox, store: Store, other: Store
) -> Problem:
    """In what it differs: the paths in the root, then what diffoscope sees in the first of them, or in the first file."""
    again = read_note(place / NOTE)
    assert again, "a build that ended well leaves its note"
    old, new = root_of(image, store), root_of(again, other)
    moved = compare_roots(old, new)[0] if old and new else ()
    why = [f"`{one.path}`: {', '.join(aspect.what for aspect in one.aspects) or one.change} ({one.cause})" for one in moved]
    why = [*why[:FEW], *([f"and {len(why) - FEW} more"] if len(why) > FEW else [])]
    content = next((one.path for one in moved if any(aspect.what == "content" for aspect in one.aspects)), "")
    files = [one.file for one in verdicts if not one.same and one.first and one.second and one.file != ROOT]
    with store.scratch("diff") as work:
        if content and old and new:
            why.append(differ(_content(old, content, store, work / "1"), _content(new, content, other, work / "2"), toolbox))
        elif files:
            why.append(differ(image.artefacts[0].path.parent / files[0], place / files[0], toolbox))
    return Problem(
        kind=Kind.IRREPRODUCIBLE,
        what=f"image `{image.name}` is not the same bytes when it is built again",
        why="\n".join([", ".join(f"`{file}`" for file in files), *why]),
        hint=f"hw image build --check-reproducible {image.name}",
    )


def _content(root: Root, path: str, store: Store, place: Path) -> Path:
    """A file of a root as a file of this machine."""
    entry = next(entry for entry in root.entries if entry.path == path)
    with Contents(store) as contents:
        place.write_bytes(contents.whole(entry))
    return place
