"""Packages beside all others of the repository: paths that two have, and whether each can be installed. Pure, with libsolv."""

from __future__ import annotations

import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from headwater.build import Solver
from headwater.check.header_checks import SCRIPTLETS, Told, interpreters
from headwater.rpm import Header, PackageFile
from headwater.rpm.model import Rpm

MERGED = ("/bin/", "/lib/", "/lib64/", "/sbin/")  # below /usr, too
BUILT = "built"

Side = Mapping[Rpm, Header]


def of_conflicts(every: Side) -> Iterator[tuple[Rpm, Told]]:
    """Paths of built packages that another package has, too, but not the same; told at the built one, or the first of two."""
    owners: dict[str, list[tuple[Rpm, PackageFile]]] = defaultdict(list)
    for rpm, header in sorted(every.items()):
        if rpm.arch != "src":
            for file in header.files:
                if not file.directory and not file.ghost:
                    owners[_merged(file.path)].append((rpm, file))
    for path, found in sorted(owners.items()):
        for number, (rpm, file) in enumerate(found):
            for other, theirs in found[number + 1 :]:
                if BUILT in {rpm.origin, other.origin} and _differ(file, theirs) and not _apart(rpm, other, every):
                    mine, other_one = (rpm, other) if rpm.origin == BUILT else (other, rpm)
                    yield mine, ("file-conflict", path, f"is another file in `{other_one.nevra}`")


def _merged(path: str) -> str:
    return f"/usr{path}" if path.startswith(MERGED) else path


def _differ(one: PackageFile, other: PackageFile) -> bool:
    """Would rpm refuse to install both? Same content, mode and owner may be had twice."""
    if stat.S_IFMT(one.mode) != stat.S_IFMT(other.mode):
        return True
    if stat.S_ISLNK(one.mode):
        return one.link != other.link
    return (one.digest, one.mode, one.user, one.group) != (other.digest, other.mode, other.user, other.group)


def _apart(rpm: Rpm, other: Rpm, every: Side) -> bool:
    """Are two packages kept from being installed together: by their name, or because one says so?"""
    return rpm.name == other.name or _against(every[rpm], every[other]) or _against(every[other], every[rpm])


def _against(one: Header, other: Header) -> bool:
    names = {other.name, *(provided.name for provided in other.provides)}
    return any(dependency.name in names for dependency in (*one.conflicts, *one.obsoletes))


def of_requirements(every: Side, built: Iterable[Rpm]) -> Iterator[tuple[Rpm, Told]]:
    """What keeps built packages from being installed alone, with all others at hand."""
    solver = Solver(every)
    for rpm in sorted(built):
        if rpm.arch == "src":
            continue
        programs = defaultdict(list)
        for tag, program in interpreters(every[rpm]).items():
            programs[program].append(SCRIPTLETS.get(tag, tag))
        for absent, why in solver.faults(rpm):
            if absent in programs:
                for scriptlet in programs[absent]:
                    yield rpm, ("scriptlet-interpreter", scriptlet, f"is run by {absent}, which no package has")
            elif absent:
                yield rpm, ("unmet-dependency", absent, f"is provided by no package: {why}")
            else:
                yield rpm, ("not-installable", rpm.name, why)
