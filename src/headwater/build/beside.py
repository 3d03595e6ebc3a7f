"""A script's own programs, laid beside a root that may be an attack: what holds a test needs nothing of what is tested.

They are taken from what every build root has: a few programs, the loader, its libraries. That loader starts them from their own
folder and asks no cache of the root around it; `/etc/ld.so.preload`, which every loader reads, is in no root (`buildroot`). The
script speaks C and is told its shell and home, so it loads no locale and no library for names either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

import msgspec

from headwater.build import buildroot
from headwater.build.buildroot import Content, Entry, Made
from headwater.build.roots import Roots
from headwater.build.script import Layout, write_script
from headwater.build.syscalls import filter_program
from headwater.build.turn import newest
from headwater.config.model import BuildRule
from headwater.engine import Digest, Directory, File, Forest, digest_of_bytes
from headwater.errors import Failure, Kind, fail
from headwater.rpm.model import Rpm

WHAT = "what holds tests of packages"
TOP = "fence"  # below the root; what a package has there is not seen
SCRIPT, COMMAND, FILTER = f"/{TOP}/run", f"/{TOP}/command", f"/{TOP}/syscalls"
NOTHING = f"{TOP}/left"  # a folder for outputs, of which there are none
PROGRAMS = ("bash", "cat", "dd", "env", "find", "head", "ldconfig", "setpriv", "sleep", "true")
FOLDERS = ("usr/bin", "usr/sbin")
LIBRARIES = ("usr/lib64", "usr/lib/x86_64-linux-gnu")  # a name that is in both is the latter's
LOADER = "ld-linux-x86-64.so.2"
ENVIRONMENT = {"LC_ALL": "C", "SHELL": "/bin/sh"}  # of the script; bash looks nobody up where it knows its shell and home


class Fence(msgspec.Struct, frozen=True, kw_only=True):
    """The programs as a tree, and the packages that they are of."""

    packages: tuple[Rpm, ...]
    programs: Digest


def make_fence(roots: Roots, forest: Forest) -> Fence:
    """Errors: Failure(BUILD) where no build root could be, or where it lacks one of the programs."""
    packages = _choose(roots)
    root = buildroot.compose([(rpm, roots.tree(rpm)) for rpm in packages], (), forest)
    return Fence(packages=packages, programs=forest.plant([*_programs(root, forest), *_libraries(root, forest)]))


def hold(
    root: Digest,
    fence: Fence,
    forest: Forest,
    *,
    command: str,
    words: Sequence[str],
    rule: BuildRule,
    writable: Sequence[str],
) -> tuple[Digest, Made]:
    """A root with a fence in it, and the files that are made for it.

    `command` lies at COMMAND; `words` (for `env`) run it, within a rule's limits, where only `writable` folders can be written.
    """
    layout = Layout(
        own=" ".join([*loader(), f"/{TOP}/bin/"]),
        ldconfig=f"/{TOP}/bin/ldconfig",  # static, as every distribution has it
        filter=FILTER,
        outputs=(f"/{NOTHING}",),
        writable=tuple(writable),
    )
    script = write_script([*loader(), f"/{TOP}/bin/env", *words], rule, layout)
    texts = {SCRIPT: script.encode(), COMMAND: f"{command}\n".encode(), FILTER: filter_program()}
    content: dict[Digest, Content] = {digest_of_bytes(text): text for text in texts.values()}
    entries: list[Entry] = [(place.removeprefix(f"/{TOP}/"), File(digest_of_bytes(text))) for place, text in texts.items()]
    made = Made(tree=forest.plant([*entries, ("left", None)]), content=content, names={})
    return _put(root, forest.lay(fence.programs, made.tree), forest), made


def begin() -> tuple[str, ...]:
    """The words that start the script."""
    return (*loader(), f"/{TOP}/bin/bash", SCRIPT)


def loader() -> tuple[str, ...]:
    return (f"/{TOP}/lib/{LOADER}", "--inhibit-cache", "--library-path", f"/{TOP}/lib")


def _choose(roots: Roots) -> tuple[Rpm, ...]:
    """What every build root has, of packages that are nobody's here where that can be."""
    with suppress(Failure):
        return roots.choose(WHAT, (), (), lambda _: None)
    return roots.choose(WHAT, (), newest(roots.built), lambda _: None)


def _programs(root: Digest, forest: Forest) -> Iterator[Entry]:
    for name in PROGRAMS:
        found = [forest.lookup(root, f"{folder}/{name}") for folder in FOLDERS]
        file = next((one for one in found if isinstance(one, File)), None)
        if not file:
            hint = "add the package that has it to [[build-root.packages]]"
            raise fail(Kind.BUILD, f"`{name}` is not in build roots", why="tests of packages are held by it", hint=hint)
        yield f"bin/{name}", file


def _libraries(root: Digest, forest: Forest) -> Iterator[Entry]:
    """Libraries and links between them, without folders below; links that lead elsewhere would lead to the root around."""
    found: dict[str, File | str] = {}
    for folder in LIBRARIES:
        place = forest.lookup(root, folder)
        if isinstance(place, Digest):
            found |= {name: target for name, target in forest[place].links.items() if ".so" in name and "/" not in target}
            found |= {name: file for name, file in forest[place].files.items() if ".so" in name}
    yield from ((f"lib/{name}", one) for name, one in found.items())


def _put(root: Digest, tree: Digest, forest: Forest) -> Digest:
    """A root with a tree at TOP, in place of whatever was there: what a package has there could be taken for libraries."""
    here = forest[root]
    files = {name: file for name, file in here.files.items() if name != TOP}
    links = {name: target for name, target in here.links.items() if name != TOP}
    return forest.add(Directory(files, here.directories | {TOP: tree}, links))
