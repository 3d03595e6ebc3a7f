"""What one build sees: packages' trees merged, generated files laid over, sources beside; never an installation.

A package's tree follows from its header alone, so a root's digest costs no payload. Scriptlets do not run; what they would
have made is declared in `[build-root]`.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from headwater.build.rpmbuild import macro_file, rpmrc
from headwater.build.script import FILTER, FOLDERS, SCRIPT, TOP
from headwater.build.syscalls import filter_program
from headwater.build.variation import PRELOAD
from headwater.config.workshop import BuildRootRule, MadeFile
from headwater.digest import digest_file
from headwater.engine import Digest, File, Forest, digest_of_bytes
from headwater.errors import Kind, fail
from headwater.rpm import Header
from headwater.rpm.model import Rpm
from headwater.upstream.model import SourceTree

MERGED = ("bin", "lib", "lib64", "sbin")  # links into /usr; packages that still use the old places are mapped at ingest
MACRO_FILES = "etc/rpm/macros.project-{:02}"  # rpm reads /etc/rpm/macros.* in the order of their names
MACRO_PLACE = "etc/rpm/macros.zz-headwater"  # read after the platform's own macros
RPMRC_PLACE = "etc/rpmrc"
NEEDED = ("dev", "proc", "tmp", "var/tmp", *(f"{TOP}/{name}" for name in FOLDERS))

Entry = tuple[str, File | str | None]
Content = bytes | Path
OwnFile = tuple[str, Content, bool]  # a path, what lies there, whether it can be run


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A small tree with its files' content at hand. `names` maps paths to digests, for fingerprints."""

    tree: Digest
    content: dict[Digest, Content]
    names: dict[str, str]


def package_entries(header: Header) -> Iterator[Entry]:
    """A package's files as entries of a tree: no %ghost, no device, no owner, everything under /usr."""
    for file in header.files:
        path = _merged(file.path)
        kind = stat.S_IFMT(file.mode)
        if file.ghost or path is None:
            continue
        if kind == stat.S_IFDIR:
            yield path, None
        elif kind == stat.S_IFLNK:
            yield path, file.link
        elif kind == stat.S_IFREG:
            digest = Digest(file.digest, file.size) if file.digest else digest_of_bytes(b"")
            yield path, File(digest, bool(file.mode & 0o111))


def _merged(path: str) -> str | None:
    """Where a path lies after the merge of / into /usr; None for the merged directories themselves."""
    top, _, rest = path.strip("/").partition("/")
    if top not in MERGED:
        return f"{top}/{rest}" if rest else top
    return f"usr/{top}/{rest}" if rest else None


def generated(rule: BuildRootRule, forest: Forest) -> Made:
    """What every build root gets beside packages: links of the merge, `[build-root]` files, and the macros."""
    ours = {MACRO_PLACE: macro_file(rule.macros), RPMRC_PLACE: rpmrc(rule.macros)}
    own: list[OwnFile] = [(path, text.encode(), False) for path, text in ours.items()]
    own.append((FILTER.lstrip("/"), filter_program(), False))
    own += [(MACRO_FILES.format(number), Path(path), False) for number, path in enumerate(rule.macro_files)]
    return ground(rule.files, own, NEEDED, forest)


def ground(files: Sequence[MadeFile], own: Iterable[OwnFile], folders: Iterable[str], forest: Forest) -> Made:
    """What lies in a root beside packages: links of the merge, empty folders, `own` files and the project's."""
    entries: list[Entry] = [(top, f"usr/{top}") for top in MERGED]
    entries += [(path, None) for path in folders]
    content: dict[Digest, Content] = {}
    names: dict[str, str] = {}
    for path, data, executable in [*own, *_files(files)]:
        digest = digest_of_bytes(data) if isinstance(data, bytes) else Digest(digest_file(data), data.stat().st_size)
        content[digest], names[path] = data, digest.hash + (" x" if executable else "")
        entries.append((path, File(digest, executable)))
    for made in files:
        if made.link is not None:
            entries.append((made.path, made.link))
            names[made.path] = f"-> {made.link}"
        elif made.directory:
            entries.append((made.path, None))
            names[made.path] = "directory"
    return Made(tree=forest.plant(entries), content=content, names=names)


def _files(files: Iterable[MadeFile]) -> Iterator[OwnFile]:
    for made in files:
        executable = bool(int(made.mode or "644", 8) & 0o111)
        if made.content is not None:
            yield made.path, made.content.encode(), executable
        elif made.source is not None:
            path = Path(made.source)
            if not path.is_file():
                raise fail(
                    Kind.CONFIG, f"`{made.source}` is not there", where=made.where, why=f"build roots get it as {made.path}"
                )
            yield made.path, path, executable


def sources(tree: SourceTree, archives: Mapping[str, Path], script: str, forest: Forest) -> Made:
    """A rendered package where rpmbuild looks for it, and the script that builds it; `archives` are their files by name."""
    code = digest_of_bytes(script.encode())
    entries: list[Entry] = [(SCRIPT, File(code, executable=True))]
    content: dict[Digest, Content] = {code: script.encode()}
    for name, loose in tree.files.items():
        digest = digest_of_bytes(loose.content)
        content[digest] = loose.content
        folder = "SPECS" if name == tree.spec else "SOURCES"
        entries.append((f"{TOP}/{folder}/{name}", File(digest, bool(loose.mode & 0o111))))
    for name, archive in tree.archives.items():
        digest = Digest(archive.digest, archive.size)
        content[digest] = archives[name]
        entries.append((f"{TOP}/SOURCES/{name}", File(digest)))
    return Made(tree=forest.plant(entries), content=content, names={})


def compose(trees: Sequence[tuple[Rpm, Digest]], above: Sequence[Made], forest: Forest) -> Digest:
    """The whole input tree of a build.

    No package may bring what every program loads first: it would be in what holds the build before anything holds it.
    """
    root = forest.merge([(rpm.nevra, digest) for rpm, digest in trees], "build root")
    if forest.lookup(root, PRELOAD) is not None:
        whose = ", ".join(rpm.nevra for rpm, digest in trees if forest.lookup(digest, PRELOAD) is not None)
        why = f"in {whose}; every program of a root would load what it names, also those that hold builds and tests"
        raise fail(Kind.BUILD, f"a package brings `/{PRELOAD}`", why=why, hint="leave it out of the package")
    for made in above:
        root = forest.lay(root, made.tree)
    return root
