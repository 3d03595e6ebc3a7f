"""What a spec asks for only when it is run: `%generate_buildrequires`, an action of its own, repeated until nothing new comes.

A round runs `rpmbuild -br` in a root with what was asked for so far; what it asks for then stays, as with an installation that
goes on. So rounds end as soon as one asks for nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from headwater import spec
from headwater.build.broken import broken
from headwater.build.job import Job, Workshop
from headwater.build.phases import Listener
from headwater.build.rpmbuild import LACKING
from headwater.build.verified import Verify, each_once
from headwater.config.model import BuildRule
from headwater.engine import Engine, File
from headwater.errors import Kind, fail
from headwater.origin import Origin
from headwater.progress import step
from headwater.rpm import read_headers
from headwater.store import Store
from headwater.toolbox import Toolbox

KIND = "buildrequires"  # of results in the store: what one round asked for, by its action
SECTION, SYSTEM = "%generate_buildrequires", "BuildSystem"  # a build system (rpm 4.20) may bring the section
ROUNDS = 10  # Fedora's specs need two or three
MOST = 2000  # requirements of one round
WRITTEN = ".buildreqs.nosrc.rpm"  # how rpmbuild calls the package that lists them
SHOWN = 6  # names that a message tells of one round


class Wants(Exception):
    """Components that must be built before it is known what one needs. The graph knows of them already."""

    def __init__(self, component: str, needs: Sequence[str]) -> None:
        self.component, self.needs = component, tuple(needs)
        super().__init__(f"{component} needs {', '.join(needs)}")


def is_dynamic(text: str) -> bool:
    """May a spec ask for more when it is run?"""
    if SECTION not in text and SYSTEM.lower() not in text.lower():
        return False
    document = spec.parse(text)
    return any(section.name == SECTION for section in document.sections) or bool(spec.find(document, SYSTEM))


def settle(component: str, ask: Callable[[tuple[str, ...]], Sequence[str]], where: Origin | None = None) -> tuple[str, ...]:
    """All that a component asks for in the end. `ask` is one round: what was asked for so far in, all that it asks for out.

    Errors: Failure(BUILD) with what each round added, where they do not end.
    """
    known: dict[str, None] = {}
    added: list[list[str]] = []
    for _ in range(ROUNDS):
        fresh = [one for one in sorted(set(ask(tuple(sorted(known))))) if one not in known]
        if not fresh:
            return tuple(sorted(known))
        added.append(fresh)
        known |= dict.fromkeys(fresh)
    lines = [f"round {number}: {_some(fresh)}" for number, fresh in enumerate(added, start=1)]
    raise fail(
        Kind.BUILD,
        f"`{component}` asks for something new each time its `{SECTION}` is run",
        where=where,
        why="\n".join(lines),
        hint="let it ask for the same where all that it asked for is there",
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


class Asker:
    """Runs rounds; what one asked for is kept by its action. `verify` is as for builds: no unsigned package enters a root."""

    def __init__(self, workshop: Workshop, engine: Engine, toolbox: Toolbox, store: Store, verify: Verify | None) -> None:
        self._workshop, self._engine, self._toolbox, self._store = workshop, engine, toolbox, store
        self._verify = each_once(verify) if verify else None

    def ask(self, job: Job, rule: BuildRule) -> tuple[str, ...]:
        """All that a round asks for beyond what the spec says itself."""
        kept = self._store.get(KIND, job.key)
        if kept is None:
            kept = self._store.put(KIND, job.key, {}, facts=self._run(job, rule))
        said = msgspec.convert(kept.facts, tuple[str, ...])
        return tuple(one for one in said if one not in self._workshop.specs.facts[job.component].build_requires)

    def _run(self, job: Job, rule: BuildRule) -> list[str]:
        with step("requires", job.component, reason=f"its {SECTION} was not run in this root before") as work:
            self._check(job)
            outcome = self._engine.run(job.action, lambda wanted: self._workshop.supply(job, wanted), hear=Listener(work).hear)
        written = [file for path, file in outcome.outputs.items() if path.endswith(WRITTEN)]
        if outcome.timed_out or outcome.code not in {0, LACKING} or (outcome.code and not written):
            log = self._engine.client.read(outcome.log) if outcome.log else outcome.log_bytes
            raise broken(job, outcome, self._store.add_bytes(log), self._store, rule)
        return self._read(job, written[0]) if written else []

    def _check(self, job: Job) -> None:
        assert self._verify, f"{job.component} has {SECTION}, and who runs it must be able to check packages"
        self._verify(job.packages)

    def _read(self, job: Job, written: File) -> list[str]:
        """The requirements that the package lists which rpmbuild wrote."""
        with self._store.scratch(KIND) as folder:
            self._engine.client.save(written.digest, folder / "asked.rpm")
            blob = self._store.add_file(folder / "asked.rpm", move=True)
        header = read_headers({blob.digest: f"{job.component}{WRITTEN}"}, self._toolbox, self._store)[blob.digest]
        found = sorted({str(one) for one in header.requires if not one.name.startswith("rpmlib(")})
        if len(found) > MOST:
            raise fail(Kind.BUILD, f"`{job.component}` asks for {len(found)} things", why=f"more than {MOST} are not believed")
        return found
