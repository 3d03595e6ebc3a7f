"""What a build left, looked at before any of it counts: the packages of its spec under their own names, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from headwater.build.job import Job
from headwater.config.model import BuildRule
from headwater.engine import File, Outcome
from headwater.errors import Failure, Kind, fail
from headwater.rpm import Header, read_headers
from headwater.rpm.model import SpecFacts
from headwater.store import Blob, Store
from headwater.toolbox import Toolbox

MOST = 10_000  # packages of one spec; TeX Live has some six thousand
SHOWN = 6  # faults that a message tells
DEBUG = ("-debuginfo", "-debugsource")
SOURCE = frozenset({"src", "nosrc"})
OWN_PARTS = "specpart"  # a spec that writes to %{specpartsdir} declares packages while it is built
_PLACE = re.compile(r"(?:RPMS/\w+|SRPMS)/[A-Za-z0-9][A-Za-z0-9._+~^-]*\.rpm")


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a spec says that it makes: source package, names, and epoch, version, release; `sure` where it tells all."""

    source: str
    names: frozenset[str]
    versions: frozenset[tuple[int, str, str]]
    sure: bool


def expect(facts: SpecFacts, spec: str) -> Expected:
    """What may come out; of a spec with macros that nobody defines, rpm in the toolbox does not know enough."""
    return Expected(
        source=facts.name,
        names=frozenset(one.name for one in facts.packages) | {facts.name},
        versions=frozenset((one.epoch, one.version, one.release) for one in facts.packages)
        | {(facts.epoch, facts.version, facts.release)},
        sure=not facts.missing and OWN_PARTS not in spec,
    )


def packages_of(outcome: Outcome) -> dict[str, File]:
    """The packages that a build left, by file name."""
    return {path.rpartition("/")[2]: file for path, file in outcome.outputs.items() if path.endswith(".rpm")}


def check_places(job: Job, outcome: Outcome, rule: BuildRule) -> None:
    """Before they are fetched: where they lie, what they are called, how many they are and how large."""
    paths = [path for path in outcome.outputs if path.endswith(".rpm")]
    faults = [f"`{path}` is no name of a package" for path in paths if not _PLACE.fullmatch(path)]
    names = packages_of(outcome)
    if len(names) < len(paths):
        faults.append("two packages have the same file name")
    if len(paths) > MOST:
        faults.append(f"{len(paths)} packages, and no more than {MOST} are believed")
    size = sum(file.digest.size for file in names.values()) >> 20
    if size > rule.disk:
        faults.append(f"{size} MiB of packages, and `disk` is {rule.disk}")
    _refuse(job, faults)


def read_outputs(job: Job, blobs: Mapping[str, Blob], expected: Expected, toolbox: Toolbox, store: Store) -> dict[str, Header]:
    """The headers of packages, by digest: readable, of this spec, under the names that they give themselves."""
    try:
        found = read_headers({blob.digest: name for name, blob in blobs.items()}, toolbox, store)
    except Failure as failure:
        _refuse(job, [f"{problem.what}: {problem.why}" for problem in failure.problems])
        raise
    _refuse(job, [fault for name, blob in blobs.items() for fault in _faults(name, found[blob.digest], expected)])
    return found


def _faults(name: str, header: Header, expected: Expected) -> Iterator[str]:
    arch = f"(?:{'|'.join(SOURCE)})" if header.arch in SOURCE else re.escape(header.arch)
    full = f"{header.name}-{header.version}-{header.release}."
    if not re.fullmatch(re.escape(full) + arch + r"\.rpm", name):
        yield f"`{name}` holds `{header.nevra}`"
    yield from (f"`{name}` has a file at {file.path!r}" for file in header.files if _strays(file.path, header))
    if header.arch in SOURCE:
        own = header.name == expected.source
    else:
        own = not expected.sure or _plain_name(header.name) in expected.names or header.name in expected.names
    if not own:
        yield f"`{header.nevra}` is no package of its spec"
    elif expected.sure and (header.epoch, header.version, header.release) not in expected.versions:
        yield f"`{header.nevra}` has another version than its spec"


def _strays(path: str, header: Header) -> bool:
    """May a package not have a file there? Source packages have bare names, others paths without detours."""
    placed = "/" not in path if header.arch in SOURCE else path.startswith("/")
    return not placed or ".." in path.split("/") or not path.isprintable()


def _plain_name(name: str) -> str:
    return next((name.removesuffix(end) for end in DEBUG if name.endswith(end)), name)


def _refuse(job: Job, faults: list[str]) -> None:
    if faults:
        more = [f"and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
        raise fail(
            Kind.BUILD,
            f"`{job.component}` left something else than its packages",
            why="\n".join([*faults[:SHOWN], *more]),
            hint=f"hw build {job.component} --shell",
        )
