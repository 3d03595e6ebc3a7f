"""Every build is done twice, the second time in a varied world; whole packages are compared, and the answer is kept."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from importlib.resources import files
from threading import Lock

import msgspec

from headwater.build.attribution import Packages, attribute
from headwater.build.broken import broken
from headwater.build.elsewhere import not_varied, vary
from headwater.build.instruments import SOURCES, Instruments, make_instruments
from headwater.build.job import Job
from headwater.build.line import Line
from headwater.build.phases import Listener
from headwater.build.source_package import identity
from headwater.build.turn import is_usual
from headwater.build.unlike import Second, explain
from headwater.build.variation import Variation, varied_for
from headwater.build.verified import Verify
from headwater.config.model import BuildRule, Reproducible
from headwater.digest import digest_bytes, digest_of
from headwater.engine import Hear, Outcome
from headwater.errors import Failure, Problem
from headwater.progress import step
from headwater.rpm import read_headers
from headwater.store import Result

KIND, NOTED = "reproducible", "reproducible-due"  # of results in the store: an answer by build; builds that are to be checked
WORLD = ("source_package.py", "variation.py", "elsewhere.py", "instruments.py")
BUILD_ID = "debuginfo(build-id)"  # what packages of debug information provide, for each program
LONGEST = 20  # seconds of a first build; what took longer is not built a dozen times to find out what it follows


class Again:
    """Checks builds of one run; `asked` are components to be checked whatever their rule says, but for those that never are."""

    def __init__(self, line: Line, verify: Verify, asked: Collection[str] = ()) -> None:
        self._line, self._verify, self._asked = line, verify, frozenset(asked)
        self._alone, self._told = Lock(), set[str]()

    def note(self, job: Job) -> None:
        """A build begins; where its rule says `changed` it is to be checked, by a later run if this one is cut off."""
        if self._rule(job).reproducible is Reproducible.CHANGED:
            self._line.store.put(NOTED, job.key, {})

    def owes(self, job: Job, kept: Result) -> bool:
        """Is a result still to be checked, or known to be another one each time?"""
        if not self._wanted(job):
            return False
        answer = self._line.store.use(KIND, _key(job, kept))
        return answer is None or bool(answer.facts["problems"])

    def check(self, job: Job, kept: Result) -> None:
        """Build again where that is wanted. Raises a Failure(IRREPRODUCIBLE) if the bytes are others."""
        if not self._wanted(job):
            return
        key = _key(job, kept)
        answer = self._line.store.use(KIND, key) or self._compare(job, kept, key)
        if problems := msgspec.convert(answer.facts["problems"], tuple[Problem, ...]):
            raise Failure(problems)

    def _rule(self, job: Job) -> BuildRule:
        return self._line.rule(job.component)

    def _wanted(self, job: Job) -> bool:
        rule = self._rule(job).reproducible
        if rule is Reproducible.NEVER or not is_usual(job.component):
            return False
        if rule is Reproducible.ALWAYS or job.component in self._asked:
            return True
        return rule is Reproducible.CHANGED and self._line.store.use(NOTED, job.key) is not None

    @cached_property
    def _instruments(self) -> Instruments:
        made = make_instruments(self._line, self._verify)
        if not made.there:
            self._tell("clock, order of directories, user, host name", made.lacking)
        return made

    def _compare(self, job: Job, kept: Result, key: str) -> Result:
        with self._alone:
            tools = self._instruments
        store, first = self._line.store, self._identities(kept)
        with step("again", job.component, reason="is it the same bytes elsewhere, years later?") as work:
            second = self._run(job, self._varied(kept), tools, hear=Listener(work).hear)
            for what in not_varied(self._log(second)):
                self._tell(what, "this machine does not let us")
            if second.code == 0 and not second.timed_out and self._identities_of(second) == first:
                return store.put(KIND, key, {}, facts={"component": job.component, "problems": []})
            work.enter("attribution")
            found = self._attributed(job, kept, tools)
            log = store.add_bytes(self._log(second))
            if second.code or second.timed_out:
                problems = broken(job, second, log, store, self._rule(job)).problems
                told = Second(job=job, kept=kept, outcome=second, follows=found, problems=problems)
            else:
                told = Second(job=job, kept=kept, outcome=second, follows=found)
            work.enter("comparison")
            problem, outputs = explain(told, self._line)
        facts = {"component": job.component, "problems": msgspec.to_builtins([problem])}
        return store.put(KIND, key, {**outputs, "build.log": log}, facts=facts)

    def _attributed(self, job: Job, kept: Result, tools: Instruments) -> tuple[str, ...]:
        if kept.seconds > LONGEST:
            return ()
        first = self._identities(kept)

        def build(variation: Variation) -> Packages | None:
            outcome = self._run(job, variation, tools, fresh=True)
            return None if outcome.code or outcome.timed_out else self._identities_of(outcome)

        return attribute(build, first, self._varied(kept))

    def _varied(self, kept: Result) -> Variation:
        packages = _packages(kept)
        found = read_headers({digest: name for name, digest in packages.items()}, self._line.toolbox, self._line.store)
        ids = [one.evr for header in found.values() for one in header.provides if one.name == BUILD_ID]
        return varied_for(packages, ids)

    def _run(
        self, job: Job, variation: Variation, tools: Instruments, *, fresh: bool = False, hear: Hear | None = None
    ) -> Outcome:
        line, varied = self._line, vary(job, variation, tools, self._line.engine.forest)
        action = msgspec.structs.replace(varied.action, salt="again")  # never the action of a build that counts
        return line.engine.run(action, lambda wanted: line.workshop.supply(varied, wanted), fresh=fresh, hear=hear)

    def _identities(self, kept: Result) -> Packages:
        return {name: identity(self._line.store.path(digest), name) for name, digest in _packages(kept).items()}

    def _identities_of(self, outcome: Outcome) -> Packages:
        """As `_identities`, of what is still with the engine."""
        found = {}
        with self._line.store.scratch("again") as folder:
            for path, file in outcome.outputs.items():
                name = path.rpartition("/")[2]
                if name.endswith(".src.rpm"):
                    self._line.engine.client.save(file.digest, folder / "one")
                    found[name] = identity(folder / "one", name)
                elif name.endswith(".rpm"):
                    found[name] = file.digest.hash
        return found

    def _log(self, outcome: Outcome) -> bytes:
        return outcome.log_bytes or (self._line.engine.client.read(outcome.log) if outcome.log else b"")

    def _tell(self, what: str, why: str) -> None:
        """What second builds could not have otherwise here, once."""
        if what not in self._told:
            self._told.add(what)
            with step("same", what, reason=f"not varied in second builds: {why}"):
                pass


def _packages(kept: Result) -> dict[str, str]:
    return {name: blob.digest for name, blob in kept.outputs.items() if name.endswith(".rpm")}


def _key(job: Job, kept: Result) -> str:
    """The very build, what it gave, and what was otherwise in the second one."""
    return digest_of([job.key, _packages(kept), world()])


def world() -> str:
    """What second builds have otherwise, as a digest: of the very code that says it."""
    folder = files("headwater.build")
    return digest_of([digest_bytes((folder / name).read_bytes()) for name in (*WORLD, *(f"varied/{one}" for one in SOURCES))])
