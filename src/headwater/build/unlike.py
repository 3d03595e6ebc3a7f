"""What differs in a build that was done twice: which file of which package, how, and who probably made it so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from headwater.build.content import package_content
from headwater.build.job import Job
from headwater.build.line import Line
from headwater.build.signs import signs
from headwater.build.solve import BUILT
from headwater.build.source_package import identity
from headwater.diffoscope import differ
from headwater.engine import Digest, Outcome
from headwater.errors import Kind, Problem
from headwater.rpm import Header, PackageFile, read_headers, rpm_of
from headwater.rpm.model import Rpm
from headwater.store import Blob, Result

FEW, MOST = 12, 10  # files that a message names, and that diffoscope looks into
LARGEST = 64 << 20  # bytes of a file that is looked into
OF_FILES = ("mode", "user", "group", "link", "flags", "mtime", "caps", "digest")
OF_PACKAGES = tuple(name for name in Header.__struct_fields__ if name not in {"files", "payload_digest", "installed_size"})
NAMES = {"digest": "content", "caps": "capabilities", "mtime": "time"}


class Second(msgspec.Struct, frozen=True, kw_only=True):
    """A second build that is not as the first. `follows` are the things that make it differ, `problems` why it broke, if so."""

    job: Job
    kept: Result
    outcome: Outcome
    follows: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


class Unlike(msgspec.Struct, frozen=True, kw_only=True):
    """A file, or (without a path) a package that differs, and in what. Contents are there where they differ."""

    package: str
    path: str = ""
    aspects: tuple[str, ...]
    contents: tuple[Digest, Digest] | None = None


def explain(second: Second, line: Line) -> tuple[Problem, dict[str, bytes | Blob]]:
    """The problem, and what is kept beside it: diffoscope's report, and the packages of the second build that differ."""
    name, hint = second.job.component, f"hw build {second.job.component} --check-reproducible"
    follows = f"it follows: {', '.join(second.follows)}" if second.follows else "it was not looked into what it follows"
    if second.problems:
        why = f"{follows}\n{second.problems[0].what}\n{second.problems[0].why}"
        return _problem(f"`{name}` does not build elsewhere, years later, as somebody else", why, hint), {}
    blobs = _collect(second, line)
    firsts = {file: blob for file, blob in second.kept.outputs.items() if file.endswith(".rpm")}
    before, after = _headers(firsts, line), _headers(blobs, line)
    found = tuple(compare(before, after))
    silent = sorted(_changed(firsts, blobs, line) - {one.package for one in found})
    found += tuple(Unlike(package=name, aspects=("its header, as diffoscope sees it",)) for name in silent)
    lines, report = _look_into(found, (_rpms(before, firsts), _rpms(after, blobs)), line)
    pairs = [(line.store.path(firsts[name].digest), line.store.path(blobs[name].digest)) for name in silent[:MOST]]
    report += "".join(f"\n{differ(*pair, line.toolbox)}\n" for pair in pairs)
    kept = line.store.add_bytes(report.encode())
    more = [f"and {len(found) - FEW} more"] if len(found) > FEW else []
    why = "\n".join([follows, *lines[:FEW], *more, f"all of it, as diffoscope sees it: {line.store.path(kept.digest)}"])
    changed = _changed(firsts, blobs, line)
    outputs = {file: blob for file, blob in blobs.items() if file in changed}
    return _problem(f"`{name}` is not the same bytes when it is built again", why, hint), {**outputs, "differences.txt": kept}


def _changed(firsts: Mapping[str, Blob], seconds: Mapping[str, Blob], line: Line) -> set[str]:
    """Packages of both builds that are other bytes."""
    both = firsts.keys() & seconds.keys()
    sides = [{name: identity(line.store.path(side[name].digest), name) for name in both} for side in (firsts, seconds)]
    return {name for name in both if sides[0][name] != sides[1][name]}


def _problem(what: str, why: str, hint: str) -> Problem:
    return Problem(kind=Kind.IRREPRODUCIBLE, what=what, why=why, hint=hint)


def _collect(second: Second, line: Line) -> dict[str, Blob]:
    blobs = {}
    with line.store.scratch("again") as folder:
        for path, file in second.outcome.outputs.items():
            if path.endswith(".rpm"):
                line.engine.client.save(file.digest, folder / "one")
                blobs[path.rpartition("/")[2]] = line.store.add_file(folder / "one", move=True)
    return blobs


def _headers(blobs: Mapping[str, Blob], line: Line) -> dict[str, Header]:
    found = read_headers({blob.digest: name for name, blob in blobs.items()}, line.toolbox, line.store)
    return {name: found[blob.digest] for name, blob in blobs.items()}


def _rpms(headers: Mapping[str, Header], blobs: Mapping[str, Blob]) -> dict[Rpm, Header]:
    return {rpm_of(header, blobs[name], origin=BUILT): header for name, header in headers.items()}


def compare(before: Mapping[str, Header], after: Mapping[str, Header]) -> Iterator[Unlike]:
    """Everything that packages, by file name, say otherwise."""
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            yield Unlike(package=name, aspects=("only in the first build" if name in before else "only in the second build",))
            continue
        one, two = before[name], after[name]
        if aspects := tuple(field for field in OF_PACKAGES if getattr(one, field) != getattr(two, field)):
            yield Unlike(package=name, aspects=aspects)
        yield from _compare_files(name, one.files, two.files)


def _compare_files(package: str, before: Sequence[PackageFile], after: Sequence[PackageFile]) -> Iterator[Unlike]:
    first, second = ({file.path: file for file in files} for files in (before, after))
    for path in sorted(first.keys() | second.keys()):
        if path not in first or path not in second:
            where = "only in the first build" if path in first else "only in the second build"
            yield Unlike(package=package, path=path, aspects=(where,))
            continue
        one, two = first[path], second[path]
        aspects = tuple(NAMES.get(field, field) for field in OF_FILES if getattr(one, field) != getattr(two, field))
        contents = (Digest(one.digest, one.size), Digest(two.digest, two.size))
        if aspects:
            there = contents if one.digest and two.digest and one.digest != two.digest else None
            yield Unlike(package=package, path=path, aspects=aspects, contents=there)


def _look_into(
    found: Sequence[Unlike], packages: tuple[Mapping[Rpm, Header], Mapping[Rpm, Header]], line: Line
) -> tuple[list[str], str]:
    """A line on each, and diffoscope's report on the first contents that differ."""
    looked = [(one, one.contents) for one in found if one.contents and max(of.size for of in one.contents) <= LARGEST][:MOST]
    said: dict[Unlike, tuple[str, ...]] = {}
    reports = []
    with line.store.scratch("again") as folder:
        first = _contents(packages[0], {contents[0] for _, contents in looked}, folder / "first", line)
        second = _contents(packages[1], {contents[1] for _, contents in looked}, folder / "second", line)
        for one, (old, new) in looked:
            said[one] = signs(one.path, first[old].read_bytes(), second[new].read_bytes())
            reports.append(f"{one.path} of {one.package}\n\n{differ(first[old], second[new], line.toolbox)}\n")
    lines = [_line(one, said.get(one, ())) for one in found]
    return lines, "\n".join([*lines, "", *reports])


def _contents(rpms: Mapping[Rpm, Header], wanted: set[Digest], folder: Path, line: Line) -> dict[Digest, Path]:
    folder.mkdir()
    found = {}
    for digest, path in package_content(rpms, wanted, line.toolbox, line.store):
        found[digest] = path.rename(folder / digest.hash)
        path.touch()  # it is theirs to take away
    return found


def _line(one: Unlike, said: Sequence[str]) -> str:
    what = f"`{one.path}` of {one.package}" if one.path else one.package
    return f"{what}: {', '.join(one.aspects)}" + (f" ({'; '.join(said)})" if said else "")
