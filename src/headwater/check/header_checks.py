"""What headers alone tell: modes, capabilities, scriptlets, and whether a licence goes along. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from headwater.rpm import FileFlag, Header, PackageFile

SETUID, SETGID, STICKY, ANYBODY = 0o4000, 0o2000, 0o1000, 0o002
DEBUG = ("-debuginfo", "-debugsource")
INSIDE_RPM = "<lua>"  # how the header names rpm's own interpreter
SCRIPTLETS = {
    "prein": "%pre",
    "postin": "%post",
    "preun": "%preun",
    "postun": "%postun",
    "pretrans": "%pretrans",
    "posttrans": "%posttrans",
}
_SONAME = re.compile(r"(lib[^()\s]*\.so[^()\s]*|[^()\s/]+\.so\.[^()\s]+)\(\)(?:\(64bit\))?")

Told = tuple[str, str, str]  # check, name, detail


def of_files(header: Header) -> Iterator[Told]:
    """Files whose mode or capabilities give rights to whoever comes."""
    for file in header.files:
        if file.regular and file.mode & SETUID:
            yield "setuid", file.path, f"runs as {file.user}, whoever starts it (mode {file.mode & 0o7777:o})"
        if file.regular and file.mode & SETGID:
            yield "setgid", file.path, f"runs as group {file.group}, whoever starts it (mode {file.mode & 0o7777:o})"
        if file.caps:
            yield "file-capabilities", file.path, f"runs with {file.caps}, whoever starts it"
        if _is_open(file):
            yield "world-writable", file.path, f"may be written by anybody (mode {file.mode & 0o7777:o})"


def _is_open(file: PackageFile) -> bool:
    sticky = file.directory and bool(file.mode & STICKY)
    return (file.regular or file.directory) and bool(file.mode & ANYBODY) and not sticky


def of_scriptlets(header: Header) -> Iterator[Told]:
    """Scriptlets whose program is not among the requirements."""
    required = {one.name for one in header.requires}
    for tag, program in interpreters(header).items():
        if program not in required:
            yield "scriptlet-interpreter", SCRIPTLETS.get(tag, tag), f"is run by {program}, which is not required"


def interpreters(header: Header) -> dict[str, str]:
    """The program that runs each scriptlet, by rpm's name of the scriptlet; what rpm runs by itself is left out."""
    first = {tag: text.partition("\n")[0] for tag, text in header.scripts.items()}
    words = {tag: (line.removeprefix("#!").split() if line.startswith("#!") else []) for tag, line in first.items()}
    found = {tag: found[0] if found else "/bin/sh" for tag, found in words.items()}
    return {tag: program for tag, program in found.items() if program != INSIDE_RPM}


def without_licence(headers: Sequence[Header]) -> Iterator[tuple[Header, Told]]:
    """Packages of a component that bring no licence file, nor require one of the others that does."""
    usual = [header for header in headers if not is_debug(header) and header.arch != "src"]
    bringing = {header.name for header in usual if licence_files(header)}
    by_name = {header.name: header for header in usual}
    for header in usual:
        if not _reach(header, by_name) & bringing:
            detail = "has no %license file, nor does a package of this component that it requires"
            yield header, ("no-licence-file", header.name, detail)


def licence_files(header: Header) -> tuple[str, ...]:
    return tuple(file.path for file in header.files if file.flags & FileFlag.LICENSE and file.regular)


def _reach(header: Header, by_name: Mapping[str, Header]) -> set[str]:
    """A package with those of its component that it requires, directly or not."""
    found, waiting = set[str](), [header.name]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [need for one in by_name[name].requires if (need := one.name.partition("(")[0]) in by_name]
    return found


def is_debug(header: Header) -> bool:
    return header.name.endswith(DEBUG)


def sonames(header: Header) -> dict[str, str]:
    """The sonames that a package provides, each with the package's name."""
    found = (_SONAME.fullmatch(one.name) for one in header.provides)
    return {match[1]: header.name for match in found if match}
