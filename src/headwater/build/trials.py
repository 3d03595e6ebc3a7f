"""Tests of built packages: a command as an action in a root with those packages and what they require, never a build root.

It is held as builds are, within the limits of its component's builds, by what lies `beside` the root.

Such a root is a merge of trees, as a build root is, so it has no owners, no setuid bits and no capabilities; no scriptlet ran,
and what scriptlets would have made is what `[build-root]` declares, less its macros.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec

from headwater.build import beside, buildroot
from headwater.build.beside import Fence
from headwater.build.buildroot import Content, Made
from headwater.build.content import package_content
from headwater.build.dependency import names_in
from headwater.build.givers import How
from headwater.build.graph import closure
from headwater.build.judged import ENDED, judge, told
from headwater.build.line import Line
from headwater.build.turn import newest
from headwater.build.weak import tell_weakness
from headwater.config.model import BuildRule
from headwater.config.suites import PackageTest
from headwater.config.workshop import BuildRootRule
from headwater.engine import Action, Digest, Limits, Outcome
from headwater.errors import Failure
from headwater.progress import step
from headwater.report import CheckResult
from headwater.rpm.model import Rpm

KIND = "package-test"  # of results in the store: tests that passed, by their action
TOP = "test"  # where a command is run; it may write there
FOLDERS = ("dev", "proc", "tmp", "var/tmp", TOP)
WRITABLE = (f"/{TOP}", "/tmp", "/var/tmp", "/dev")  # noqa: S108 the sandbox's
SHELL = "/bin/sh"
WORDS = ("LANG=C.UTF-8", "LC_ALL=C.UTF-8", SHELL, "-eu", beside.COMMAND)
ENVIRONMENT = {
    "HOME": f"/{TOP}",
    "PATH": "/usr/bin:/usr/sbin:/bin:/sbin",
    "TERM": "dumb",
    "TZ": "UTC",
    "USER": "root",
    **beside.ENVIRONMENT,
}

Tests = Mapping[str, Sequence[PackageTest]]  # by component
Verify = Callable[[Sequence[Rpm]], None]


def needed_for(line: Line, tests: Tests) -> tuple[str, ...]:
    """The components that tests need to be built: their own, and those that give what these or the tests ask for by name."""
    nodes = line.route.graph.nodes
    packages = [(name, package) for name, node in nodes.items() for package in node.packages]
    maker = {gift.name: name for name, package in packages for gift in package.gives if gift.how <= How.SPEC}

    def below(component: str) -> Iterator[str]:
        facts = line.workshop.specs.facts[component]
        asked = [need for package in facts.packages for need in package.requires]
        asked += [name for test in tests.get(component, ()) for name in test.packages]
        names = [name for need in asked for name in names_in(need)]
        yield from (maker[one] for name in names for one in {name, name.partition("(")[0]} if one in maker)  # also `x(x86-64)`

    return tuple(sorted(closure(list(tests), {name: tuple(sorted({*below(name)} - {name})) for name in nodes})))


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A test that is ready to be run."""

    packages: tuple[Rpm, ...]
    made: tuple[Made, ...]
    action: Action
    rule: BuildRule


class Bench:
    """Where tests are run, once all that they need is built; `verify` is asked of packages before they enter a root."""

    def __init__(self, line: Line, rule: BuildRootRule, verify: Verify) -> None:
        self._line, self._files, self._verify = line, rule.files, verify
        self._fence: Fence | None = None

    def run_all(self, tests: Tests, jobs: int) -> dict[str, tuple[CheckResult, ...]]:
        """Every test of every component; one that fails keeps no other from running."""
        each = [(name, test, self._prepare(name, test)) for name, some in tests.items() for test in some]
        with ThreadPoolExecutor(jobs, thread_name_prefix="test") as pool:
            found = list(pool.map(lambda one: self._answer(*one), each))
        return {name: tuple(one for (owner, *_), one in zip(each, found, strict=True) if owner == name) for name in tests}

    def _prepare(self, component: str, test: PackageTest) -> Trial | Failure:
        """A test's root and action; solver and forest are one thread's."""
        roots, forest, what = self._line.workshop.roots, self._line.engine.forest, f"test {test.name} of {component}"
        rule = msgspec.structs.replace(self._line.rule(component), timeout=test.timeout)
        try:
            self._fence = self._fence or beside.make_fence(roots, forest)
            chosen = roots.choose(what, test.packages or (component,), newest(roots.built), lambda _: test.where, basis=[SHELL])
            ground = buildroot.ground(self._files, (), FOLDERS, forest)
            root = buildroot.compose([(rpm, roots.tree(rpm)) for rpm in chosen], (ground,), forest)
            root, made = beside.hold(root, self._fence, forest, command=test.command, words=WORDS, rule=rule, writable=WRITABLE)
        except Failure as failure:
            return failure
        packages = tuple(sorted({*chosen, *self._fence.packages}))
        return Trial(packages=packages, made=(ground, made), action=_action(root, rule), rule=rule)

    def _answer(self, component: str, test: PackageTest, trial: Trial | Failure) -> CheckResult:
        """What passed before with the same packages is not run again."""
        begun = time.monotonic()
        with step("test", f"{component}: {test.name}", reason=test.reason) as work:
            try:
                if isinstance(trial, Failure):
                    raise trial
                if kept := self._line.store.use(KIND, trial.action.digest.hash):
                    found = told(test, kept.facts["code"], kept.facts["output"], kept.seconds)
                    if found.passed:
                        work.cached()
                        return found
                outcome = self._run(trial)
                log = outcome.log_bytes or (self._line.engine.client.read(outcome.log) if outcome.log else b"")
            except Failure as failure:
                said = "\n".join(f"{one.what}\n{one.why}\nhint: {one.hint}" for one in failure.problems)
                return told(test, ENDED, said, time.monotonic() - begun)
        tell_weakness(log)
        answer = judge(component, test, outcome, log=log, rule=trial.rule, seconds=time.monotonic() - begun)
        if answer.passed:
            facts = {"code": answer.code, "output": answer.output}
            self._line.store.put(KIND, trial.action.digest.hash, {}, facts=facts, seconds=answer.seconds)
        return answer

    def _run(self, trial: Trial) -> Outcome:
        self._verify(trial.packages)
        return self._line.engine.run(trial.action, lambda wanted: self._supply(trial, wanted))

    def _supply(self, trial: Trial, wanted: set[Digest]) -> Iterator[tuple[Digest, Content]]:
        here = {digest: content for made in trial.made for digest, content in made.content.items() if digest in wanted}
        yield from here.items()
        used = {rpm: self._line.workshop.roots.headers[rpm] for rpm in trial.packages}
        yield from package_content(used, wanted - here.keys(), self._line.toolbox, self._line.store)


def _action(root: Digest, rule: BuildRule) -> Action:
    return Action(
        arguments=beside.begin(),
        root=root,
        directory=TOP,
        environment=ENVIRONMENT,
        timeout=rule.timeout,
        limits=Limits(memory=rule.memory, disk=rule.disk, processes=rule.processes),
    )
