"""Overlays on patches: add one with a number that nobody has, remove some with every trace."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from msgspec.structs import replace as changed

from headwater.config.overlays import PatchAdd, PatchRemove
from headwater.errors import Problem
from headwater.overlay.files import check_name, put, read_source, with_files
from headwater.overlay.match import compile_glob
from headwater.overlay.nearest import already, nearest, refuse
from headwater.overlay.sections import cut
from headwater.overlay.tags import doubles, spot
from headwater.spec import PREAMBLE, Document, Numbered, expand, find, homes, numbered, parse, plain_macros, write
from headwater.upstream.model import LooseFile, SourceTree

_ALL = re.compile(r"(?i:autosetup|autopatch|%\{?\??patches\b|patchlist|BuildSystem)|%\{?PATCH")
_USES = re.compile(r"%patch\s*(\d+)\b|-P\s*(\d+)\b")
_LINE = re.compile(r"\s*%(?:patch\d|patch\s.*-P\s*\d)")
_VALUES = re.compile(r"%\{(?:PATCH|P:)(\d+)\}")


def edit(tree: SourceTree, overlay: PatchAdd | PatchRemove) -> SourceTree:
    """What one of this family makes of a tree."""
    return add(tree, overlay) if isinstance(overlay, PatchAdd) else remove(tree, overlay)


def add(tree: SourceTree, overlay: PatchAdd) -> SourceTree:
    """The patch beside the spec, named in %patchlist or by a tag behind the last patch of the spec."""
    name = name_of(overlay)
    check_name(overlay, name)
    document = parse(tree.text)
    known = plain_macros(document)
    if listed := [entry for entry in numbered(document, "patch") if _base(entry.value, known) == name]:
        raise already(overlay, f"line {listed[0].line + 1} names `{name}`")
    content = read_source(overlay)
    return put(with_spec(tree, _declare(document, overlay, name)), overlay, name, content)


def remove(tree: SourceTree, overlay: PatchRemove) -> SourceTree:
    """Patches whose value, or its last part, matches the glob: their tags, files and lines in %prep."""
    document = parse(tree.text)
    glob = compile_glob(overlay.file)
    entries = numbered(document, "patch")
    known = plain_macros(document)
    gone = [entry for entry in entries if any(map(glob.match, _names(entry.value, known)))]
    if not gone:
        lines = [(entry.line + 1, entry.value) for entry in entries]
        why = nearest(overlay.file, lines) if lines else "it names no patch"
        raise refuse(overlay, f"the spec names no patch `{overlay.file}`", why=why)
    bases = {_base(entry.value, known) for entry in gone}
    files = {name: file for name, file in tree.files.items() if name not in bases}
    archives = {name: archive for name, archive in tree.archives.items() if name not in bases}
    if len(files) + len(archives) == len(tree.files) + len(tree.archives):
        raise refuse(
            overlay, f"no file `{', '.join(sorted(bases))}` beside the spec", why="the spec names it, but it is not there"
        )
    edited = with_spec(tree, _forget(document, overlay, gone))
    kept = {name: edited.files[name] for name in files}
    return with_files(changed(edited, archives=archives), kept)


def name_of(overlay: PatchAdd) -> str:
    """The name a patch gets beside the spec."""
    return overlay.file or PurePosixPath(overlay.source).name


def unapplied(tree: SourceTree, overlay: PatchAdd) -> Problem | None:
    """What is wrong with a patch that %prep never applies: it would be carried along and change nothing."""
    document = parse(tree.text)
    known = plain_macros(document)
    entry = next((entry for entry in numbered(document, "patch") if _base(entry.value, known) == name_of(overlay)), None)
    if entry is None or find(document, "buildsystem"):
        return None
    prep = _prep(document)
    text = "\n".join(document.lines[index] for index in prep)
    numbers = {int(one or other) for one, other in _USES.findall(text)}
    if _ALL.search(text) or entry.number in numbers or name_of(overlay) in text:
        return None
    first = next((index for index in prep if "%setup" in document.lines[index]), None)
    seen = f"line {first + 1} is `{document.lines[first].strip()}`" if first is not None else "no `%setup` was seen"
    return refuse(
        overlay,
        f"`%prep` never applies `{name_of(overlay)}`",
        why=f"{seen}, and no `%autosetup`, `%autopatch` or `%patch -P {entry.number}` stands there",
        hint="add a spec-search-replace of `%setup` by `%autosetup -p1` in `%prep`",
    ).problems[0]


def with_spec(tree: SourceTree, document: Document) -> SourceTree:
    """The tree with another text in its spec."""
    content = document.text.encode(errors="surrogateescape")
    return with_files(tree, {**tree.files, tree.spec: LooseFile(content=content, mode=tree.files[tree.spec].mode)})


def _declare(document: Document, overlay: PatchAdd, name: str) -> Document:
    lists = [section for section in document.sections if section.name == "%patchlist"]
    if lists and not overlay.package:
        at = document.tail(lists[-1])
        listed = document.splice(at, at, [name])
        if doubles(listed, "patch") <= doubles(document, "patch"):
            return listed
    entries = numbered(document, "patch")
    number = max((entry.number for entry in entries), default=-1) + 1
    tagged = [entry for entry in entries if entry.tag]
    if overlay.package or not tagged:
        section = next(iter(homes(document, overlay.package)), None)
    else:  # behind the last one, so that no bare `Patch:` gets another number
        section = document.section_at(tagged[-1].line)
    if section is None:
        packages = [(part.start + 1, part.package) for part in document.sections if part.name == "%package"]
        raise refuse(overlay, f"the spec has no `%package {overlay.package}`", why=nearest(overlay.package, packages))
    at = spot(document, section, ("patch", "source"))
    if section.name == PREAMBLE or tagged:
        return document.splice(at, at, [f"Patch{number}: {name}"])
    at = document.tail(section)
    return document.splice(at, at, [f"Patch{number}: {name}"])


def _forget(document: Document, overlay: PatchRemove, gone: list[Numbered]) -> Document:
    numbers = {entry.number for entry in gone}
    prep = _prep(document)
    for index in prep:
        if numbers.intersection(map(int, _VALUES.findall(document.lines[index]))):
            why = f"line {index + 1} uses it: `{document.lines[index].strip()}`"
            raise refuse(
                overlay, "a removed patch is still used", why=why, hint="change that line first by spec-search-replace"
            )
    document = _pinned(document, overlay, gone, prep)
    lines = {line for entry in gone for line in range(entry.line, entry.tag.stop if entry.tag else entry.line + 1)}
    return cut(document, lines.union(_applications(document, overlay, numbers, prep)))


def _pinned(document: Document, overlay: PatchRemove, gone: list[Numbered], prep: list[int]) -> Document:
    """Where %prep goes by numbers, a bare `Patch:` behind a removed one keeps its number by saying it."""
    if not any(_USES.search(document.lines[index]) or _VALUES.search(document.lines[index]) for index in prep):
        return document
    first = min(entry.line for entry in gone)
    for entry in numbered(document, "patch"):
        if entry.line <= first or entry in gone:
            continue
        if entry.tag is None:
            raise refuse(
                overlay, "%patchlist would be numbered anew", why="%prep applies patches by number", hint="use %autosetup first"
            )
        if entry.tag.name.lower() == "patch":
            document = write(document, entry.tag, f"{entry.tag.name}{entry.number}", entry.value)
    return document


def _applications(document: Document, overlay: PatchRemove, numbers: set[int], prep: list[int]) -> set[int]:
    found = set()
    for index in prep:
        text = document.lines[index]
        used = {int(one or other) for one, other in _USES.findall(text)} if _LINE.match(text) else set()
        if used and used <= numbers:
            found.add(index)
        elif used & numbers:
            why = f"line {index + 1} is `{text.strip()}`"
            raise refuse(overlay, "a line of %prep applies this patch and others", why=why, hint="change it first")
    return found


def _prep(document: Document) -> list[int]:
    return [index for part in document.sections if part.name == "%prep" for index in range(part.body, part.end)]


def _names(value: str, known: dict[str, str]) -> set[str]:
    plain = expand(value, known)
    return {value, plain, value.rsplit("/", 1)[-1], plain.rsplit("/", 1)[-1]}


def _base(value: str, known: dict[str, str]) -> str:
    """The file name of a patch: what follows the last slash, as rpm takes it."""
    return expand(value, known).rsplit("/", 1)[-1]
