"""Tests of built packages: a command as an action in a root with those packages and what they require, never a build root.

Such a root is a merge of trees, as a build root is, so it has no owners, no setuid bits and no capabilities; no scriptlet ran,
and what scriptlets would have made is what `[build-root]` declares, less its macros.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import msgspec
import re2

from headwater.build import buildroot
from headwater.build.buildroot import Content, Made
from headwater.build.content import package_content
from headwater.build.dependency import names_in
from headwater.build.givers import How
from headwater.build.graph import closure
from headwater.build.line import Line
from headwater.build.turn import newest
from headwater.command import tail
from headwater.config.suites import PackageTest
from headwater.config.workshop import BuildRootRule
from headwater.engine import Action, Digest, Outcome
from headwater.errors import Failure
from headwater.progress import step
from headwater.report import CheckResult
from headwater.rpm.model import Rpm

KIND = "package-test"  # of results in the store: tests that passed, by their action
TOP = "test"  # where a command is run; it may write there
SCRIPT, COMMAND = f"{TOP}/.run", f"{TOP}/.command"
FOLDERS = ("dev", "proc", "tmp", "var/tmp", TOP)
SHELL = "/bin/sh"
MEMORY, DISK = 4096, 1024  # MiB of a process and of a file
LINES = 200  # of the output, that a result keeps
ENVIRONMENT = {
    "HOME": f"/{TOP}",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/bin:/usr/sbin:/bin:/sbin",
    "TERM": "dumb",
    "TZ": "UTC",
    "USER": "root",
}
RUN = f"""#!{SHELL}
exec 2>&1
ulimit -v {MEMORY * 1024} -f {DISK * 1024}  # KiB
umask 022
ldconfig -X  # no scriptlet ran; the loader finds /usr/lib64 by this
exec {SHELL} -eu /{COMMAND}
"""

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
    made: Made
    action: Action


class Bench:
    """Where tests are run, once all that they need is built; `verify` is asked of packages before they enter a root."""

    def __init__(self, line: Line, rule: BuildRootRule, verify: Verify) -> None:
        self._line, self._files, self._verify = line, rule.files, verify

    def run_all(self, tests: Tests, jobs: int) -> dict[str, tuple[CheckResult, ...]]:
        """Every test of every component; one that fails keeps no other from running."""
        each = [(name, test, self._prepare(name, test)) for name, some in tests.items() for test in some]
        with ThreadPoolExecutor(jobs, thread_name_prefix="test") as pool:
            found = list(pool.map(lambda one: self._answer(*one), each))
        return {name: tuple(one for (owner, *_), one in zip(each, found, strict=True) if owner == name) for name in tests}

    def _prepare(self, component: str, test: PackageTest) -> Trial | Failure:
        """A test's root and action; solver and forest are one thread's."""
        roots, forest, what = self._line.workshop.roots, self._line.engine.forest, f"test {test.name} of {component}"
        own: list[buildroot.OwnFile] = [(SCRIPT, RUN.encode(), True), (COMMAND, f"{test.command}\n".encode(), False)]
        try:
            chosen = roots.choose(what, test.packages or (component,), newest(roots.built), lambda _: test.where, basis=[SHELL])
            made = buildroot.ground(self._files, own, FOLDERS, forest)
            root = buildroot.compose([(rpm, roots.tree(rpm)) for rpm in chosen], (made,), forest)
        except Failure as failure:
            return failure
        action = Action(
            arguments=(SHELL, f"/{SCRIPT}"), root=root, directory=TOP, environment=ENVIRONMENT, timeout=test.timeout
        )
        return Trial(packages=chosen, made=made, action=action)

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
            except Failure as failure:
                said = "\n".join(f"{one.what}\n{one.why}\nhint: {one.hint}" for one in failure.problems)
                return told(test, -1, said, time.monotonic() - begun)
            answer = told(test, outcome.code, self._said(outcome, test), time.monotonic() - begun)
        if answer.passed:
            facts = {"code": answer.code, "output": answer.output}
            self._line.store.put(KIND, trial.action.digest.hash, {}, facts=facts, seconds=answer.seconds)
        return answer

    def _run(self, trial: Trial) -> Outcome:
        self._verify(trial.packages)
        return self._line.engine.run(trial.action, lambda wanted: self._supply(trial, wanted))

    def _supply(self, trial: Trial, wanted: set[Digest]) -> Iterator[tuple[Digest, Content]]:
        here = {digest: content for digest, content in trial.made.content.items() if digest in wanted}
        yield from here.items()
        used = {rpm: self._line.workshop.roots.headers[rpm] for rpm in trial.packages}
        yield from package_content(used, wanted - here.keys(), self._line.toolbox, self._line.store)

    def _said(self, outcome: Outcome, test: PackageTest) -> str:
        log = outcome.log_bytes or (self._line.engine.client.read(outcome.log) if outcome.log else b"")
        late = [f"it did not end within {test.timeout} s"] if outcome.timed_out else []
        return "\n".join([*filter(None, [tail(log, lines=LINES)]), *late])


def told(test: PackageTest, code: int, output: str, seconds: float) -> CheckResult:
    """Whether that is what was expected."""
    matched = not test.match or re2.search(test.match, output) is not None
    return CheckResult(
        name=test.name,
        family="use",
        reason=test.reason,
        expected=f"exit code {test.code}" + (f" and output that matches `{test.match}`" if test.match else ""),
        passed=code == test.code and matched,
        command=test.command,
        code=code,
        output=output,
        seconds=seconds,
    )
