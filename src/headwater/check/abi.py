"""Public libraries against those of the version published before: sonames by headers, interfaces by abidiff of libabigail."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from headwater.check.header_checks import DEBUG, Told, is_debug, sonames
from headwater.errors import Kind, fail
from headwater.rpm import Header
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox

INSIDE = Path(__file__).with_name("inside_abi.py")
LIMIT = 900  # seconds for all libraries of a component
# bits of abidiff's exit code (abidiff(1), "Return values")
WRONG, CHANGED, BROKEN = 1 | 2, 4, 8
PLACES = re.compile(r"/usr/lib(?:64)?/[^/]+")  # what the loader finds by itself is public
DEEPEST = 10  # links
_COUNTS = re.compile(r"^(?:Functions|Variables|Function symbols|Variable symbols) changes summary:.*$", re.MULTILINE)
_CHANGE = re.compile(r"^\s+\[[DC]\] .*$", re.MULTILINE)
SHOWN = 3  # changes that a finding tells of

Side = Mapping[Rpm, Header]


def of_libraries(before: Side, after: Side, toolbox: Toolbox, store: Store) -> Iterator[tuple[str, Told]]:
    """What programs linked with the libraries of `before` would miss, each with the package it is about."""
    old, new = _sonames(before), _sonames(after)
    for soname in sorted(old.keys() - new.keys()):
        yield old[soname], ("soname-vanished", soname, "was provided by the version published before")
    pairs = {name: (_place(name, before), _place(name, after)) for name in sorted(old.keys() & new.keys())}
    pairs = {name: pair for name, pair in pairs.items() if all(pair) and _differ(pair, before, after)}
    if not pairs:
        return
    for soname, (code, report) in _compare(pairs, before, after, toolbox, store).items():
        if code & WRONG:
            raise fail(Kind.TOOL, f"abidiff could not compare `{soname}`", why=report[-2000:])
        if code & (CHANGED | BROKEN):
            yield new[soname], ("abi-broken" if code & BROKEN else "abi-changed", soname, summary(report))


def summary(report: str) -> str:
    """A report of abidiff's in a line: its first changes, or, where it names none, its counts."""
    changes = [" ".join(line.split()) for line in _CHANGE.findall(report)]
    more = f" and {len(changes) - SHOWN} more" if len(changes) > SHOWN else ""
    return "; ".join(changes[:SHOWN]) + more if changes else " ".join(_COUNTS.findall(report)) or "changed"


def _sonames(side: Side) -> dict[str, str]:
    usual = [header for rpm, header in side.items() if rpm.arch != "src" and not is_debug(header)]
    return {soname: package for header in usual for soname, package in sonames(header).items()}


def _place(soname: str, side: Side) -> str:
    """The file behind a soname in a folder where the loader looks; empty where it is no public library."""
    files = {file.path: file for header in side.values() for file in header.files}
    for path in (path for path in files if path.endswith(f"/{soname}") and PLACES.fullmatch(path)):
        here = path
        for _ in range(DEEPEST):
            file = files.get(here)
            if not file or file.regular:
                return here if file else ""
            here = posixpath.normpath(posixpath.join(posixpath.dirname(here), file.link))
    return ""


def _differ(pair: tuple[str, str], before: Side, after: Side) -> bool:
    digests = [
        {file.path: file.digest for header in side.values() for file in header.files}[path]
        for path, side in zip(pair, (before, after), strict=True)
    ]
    return digests[0] != digests[1]


def _compare(
    pairs: Mapping[str, tuple[str, str]], before: Side, after: Side, toolbox: Toolbox, store: Store
) -> dict[str, tuple[int, str]]:
    binds = [sandbox.Bind(source=INSIDE, target="/run/inside_abi.py")]
    asked: dict[str, object] = {"libraries": pairs}
    for side, packages in (("before", before), ("after", after)):
        chosen = [rpm for rpm, header in sorted(packages.items()) if _matters(rpm, header)]
        places = [f"/run/packages/{side}-{number}.rpm" for number, _ in enumerate(chosen)]
        asked[side] = places
        binds += [sandbox.Bind(source=store.path(rpm.digest), target=place) for rpm, place in zip(chosen, places, strict=True)]
    said = sandbox.run(
        toolbox,
        ["python3", "-I", "/run/inside_abi.py"],
        binds=binds,
        stdin=msgspec.json.encode(asked),
        timeout=LIMIT,
        what="libraries could not be compared with those published before",
    ).stdout
    return msgspec.json.decode(said, type=dict[str, tuple[int, str]])


def _matters(rpm: Rpm, header: Header) -> bool:
    """Libraries, their headers, and where their debug information is."""
    if rpm.arch == "src" or rpm.name.endswith(DEBUG[1]):
        return False
    wanted = ("/usr/include/", "/usr/lib/debug/", "/usr/lib64/lib", "/usr/lib/lib")
    return any(file.path.startswith(wanted) for file in header.files)
