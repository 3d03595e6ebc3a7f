"""Asks an image for its promises: a disk over the serial console of a guest, a container image under bubblewrap."""

from __future__ import annotations

import functools
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import msgspec
import re2

from headwater.config.images import Check, ImageKind, ImageRule
from headwater.config.policy import Policy
from headwater.config.workshop import MACHINE
from headwater.errors import Failure, Kind, Problem, fail
from headwater.image.boot import boot
from headwater.image.container import Container, unpacked
from headwater.image.exposure import measure
from headwater.image.extension import laying_over
from headwater.image.findings import findings_of
from headwater.image.machine import machine_of, seen_drive
from headwater.image.model import Image
from headwater.image.policy_checks import file_answers, machine_answers
from headwater.image.roots import read_root
from headwater.progress import step
from headwater.report import CheckResult
from headwater.store import Store
from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

PATIENCE = 900.0  # seconds for one answer, under emulation on a busy machine
ROOT = "/tmp/root"  # noqa: S108 where a check by the toolbox sees the image's root

Ask = Callable[[Check], tuple[int, str]]


def check_image(
    image: Image,
    rule: ImageRule,
    *,
    policy: Policy,
    toolbox: Toolbox,
    store: Store,
    below: Image | None = None,
    repository: Path | None = None,
    log: Path,
) -> tuple[CheckResult, ...]:
    """Ask every promise of the image's table, then what `policy`, the project's, and its own demand of every image.

    `below` is the image that an extension is laid over to be asked. `repository` is what the image sees as
    http://10.0.2.2:8080/ or /run/headwater. `log` keeps the console of a guest.
    Errors: Failure(IMAGE) where the image does not even start.
    """
    machine = rule.kind is ImageKind.DISK
    files = file_answers(rule, policy, findings_of(image.index, store))
    if not machine and not rule.checks:
        return tuple(files)
    if rule.kind is ImageKind.EXTENSION:
        assert below, "an extension was made after the image that it is for"
        starts = _extended(rule, image, below, toolbox, store, repository, log)
    else:
        starts = (_guest if machine else _container)(image, toolbox, store, repository, log)
    with starts as ask:
        own = [_answer(check, ask) for check in rule.checks]
        if not machine:
            return (*own, *files)
        root = read_root(image.index, store)
        measured = functools.partial(measure, root=root, toolbox=toolbox, store=store)
        return (*own, *files, *machine_answers(rule, policy, lambda words: ask(_question(words)), measured))


def broken(image: Image, results: Sequence[CheckResult]) -> tuple[Problem, ...]:
    """The promises that were not kept, as problems."""
    return tuple(
        Problem(
            kind=Kind.DRIFT,
            what=f"image `{image.name}` does not hold `{result.name}`: {result.reason}",
            why=f"`{result.command}` ended with {result.code}, expected {result.expected}; it said\n{result.output}",
            hint=f"hw image boot {image.name}",
        )
        for result in results
        if not result.passed
    )


def _question(words: str) -> Check:
    return Check(name="policy", command=words, reason="every machine is asked")


def _answer(check: Check, ask: Ask) -> CheckResult:
    begun = time.monotonic()
    with step("check", check.name, reason=check.reason):
        try:
            code, output = ask(check)
        except Failure as failure:
            code, output = -1, f"{failure}\n{failure.problems[0].why}"
    held = code == check.code and (not check.match or re2.search(check.match, output) is not None)
    return CheckResult(
        name=check.name,
        family=check.family.value,
        reason=check.reason,
        expected=_expected(check),
        passed=held,
        command=check.command,
        code=code,
        output=output,
        seconds=time.monotonic() - begun,
    )


def _expected(check: Check) -> str:
    return f"exit code {check.code}" + (f" and output that matches `{check.match}`" if check.match else "")


@contextmanager
def _guest(  # noqa: PLR0917 private, and each is a different thing
    image: Image, toolbox: Toolbox, store: Store, repository: Path | None, log: Path, drives: tuple[Path, ...] = ()
) -> Iterator[Ask]:
    machine = msgspec.structs.replace(machine_of(image, serve=repository), drives=drives)
    with boot(machine, toolbox, store, log=log) as console:

        def ask(check: Check) -> tuple[int, str]:
            words = f"runuser -u {check.user} -- sh -c {shlex.quote(check.command)}" if check.user else check.command
            return console.run(words, PATIENCE)

        yield ask


@contextmanager
def _extended(  # noqa: PLR0917 private, and each is a different thing
    rule: ImageRule, image: Image, below: Image, toolbox: Toolbox, store: Store, repository: Path | None, log: Path
) -> Iterator[Ask]:
    """The machine with the extension laid over it, as its owner would: put into its folder, and the machine told to look."""
    with _guest(below, toolbox, store, repository, log, (image.artefact("raw").path,)) as ask:
        code, said = ask(_question(laying_over(rule, seen_drive(1))))
        if code:
            what = f"`{below.name}` does not take the extension `{image.name}`"
            raise fail(Kind.IMAGE, what, where=rule.where, why=said, hint=f"less -R {log}")
        yield ask


@contextmanager
def _container(image: Image, toolbox: Toolbox, store: Store, repository: Path | None, log: Path) -> Iterator[Ask]:
    del log
    with ExitStack() as stack:

        @cache
        def container(architecture: str) -> Container:
            return stack.enter_context(unpacked(image, store, serve=repository, architecture=architecture))

        def ask(check: Check) -> tuple[int, str]:
            asked = container("" if check.architecture == MACHINE else check.architecture)
            if not check.toolbox:
                return asked.run(check.command, PATIENCE, user=check.user)
            bind = sandbox.Bind(source=asked.place, target=ROOT, writable=True)  # SQLite writes beside what it reads
            words = ["sh", "-c", check.command]
            result = sandbox.run(toolbox, words, binds=[bind], accept=range(256), timeout=PATIENCE)
            return result.code, (result.stdout + result.stderr).decode(errors="replace").strip("\n")

        yield ask
