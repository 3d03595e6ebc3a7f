"""What rpm itself says of spec files: many at once, each in a sandbox of its own, remembered by digest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from headwater.digest import digest_of
from headwater.errors import Failure, Kind, Problem
from headwater.origin import Origin
from headwater.progress import step
from headwater.rpm.model import SpecFacts, SpecQuestion
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox

VERSION = 3  # of inside_spec.py and of what SpecFacts holds
SECONDS = 20  # that one spec may take
INSIDE = Path(__file__).with_name("inside_spec.py")
# compiled when rpm complains: many runs ask it nothing
_PLACE = r"(?m)^(?P<level>error|warning): (?:\S+?: )?(?:line (?P<line>\d+): )?(?P<text>.*)$"
_UNDEFINED = r"Unknown tag: %\{?[?!]*(?P<macro>\w+)|Unknown buildsystem: (?P<system>\w+)"


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    facts: SpecFacts | None = None
    error: str = ""


def evaluate(
    questions: Sequence[SpecQuestion], toolbox: Toolbox, store: Store, *, seconds: int = SECONDS, jobs: int = 1
) -> tuple[SpecFacts, ...]:
    """The facts of each spec, in the order of the questions. Raises one Failure (SPEC) that tells every spec rpm rejects.

    One spec may take `seconds`; `jobs` processes share the work.
    """
    answers = evaluate_each(questions, toolbox, store, seconds=seconds, jobs=jobs)
    problems = [answer for answer in answers if isinstance(answer, Problem)]
    if problems:
        raise Failure(problems)
    return tuple(answer for answer in answers if isinstance(answer, SpecFacts))


def evaluate_each(
    questions: Sequence[SpecQuestion], toolbox: Toolbox, store: Store, *, seconds: int = SECONDS, jobs: int = 1
) -> tuple[SpecFacts | Problem, ...]:
    """As `evaluate`, with what rpm says of the specs that it rejects in their places."""
    keys = [_key(question, toolbox) for question in questions]
    known = {key: store.get("spec-facts", key) for key in keys}
    new = {key: question for key, question in zip(keys, questions, strict=True) if known[key] is None}
    said = dict(zip(new, _ask_all(list(new.values()), toolbox, seconds, max(1, jobs)), strict=True))
    for key, answer in said.items():
        if answer.facts:
            known[key] = store.put("spec-facts", key, {}, facts=msgspec.to_builtins(answer.facts))
    return tuple(
        msgspec.convert(result.facts, SpecFacts) if (result := known[key]) else _problem(question, said[key].error)
        for key, question in zip(keys, questions, strict=True)
    )


def _key(question: SpecQuestion, toolbox: Toolbox) -> str:
    return digest_of([VERSION, toolbox.key, msgspec.structs.replace(question, file="")])


def _ask_all(questions: Sequence[SpecQuestion], toolbox: Toolbox, seconds: int, jobs: int) -> list[_Answer]:
    """Several processes in the toolbox, each answering a share of the questions."""
    if not questions:
        return []
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 it loads a logger, and often nothing is left to do

    shares = [questions[first::jobs] for first in range(min(jobs, len(questions)))]
    with (
        step("evaluate", f"{len(questions)} specs", reason="not evaluated before with this toolbox"),
        ThreadPoolExecutor(len(shares)) as pool,
    ):
        found = list(pool.map(lambda share: _ask(share, toolbox, seconds), shares))
    return [found[number % len(shares)][number // len(shares)] for number in range(len(questions))]


def _ask(questions: Sequence[SpecQuestion], toolbox: Toolbox, seconds: int) -> list[_Answer]:
    """One process in the toolbox answers all questions. Its /bin/sh is bash, as everywhere that specs are written for."""
    asked = msgspec.json.encode([{**msgspec.to_builtins(question), "seconds": seconds} for question in questions])
    said = sandbox.run(
        toolbox,
        ["python3", "-I", "/run/inside_spec.py"],
        binds=[
            sandbox.Bind(source=INSIDE, target="/run/inside_spec.py"),
            sandbox.Bind(source=toolbox.root / "usr/bin/bash", target="/usr/bin/dash"),  # what /bin/sh is a link to
        ],
        stdin=asked,
        timeout=60 + (seconds + 5) * len(questions),
        what="rpm could not be asked about specs",
    )
    return [msgspec.json.decode(line, type=_Answer) for line in said.stdout.splitlines()]


def _hint(question: SpecQuestion, said: str) -> str:
    if unknown := re.search(_UNDEFINED, said):
        name = unknown["macro"] or f"buildsystem_{unknown['system']}_build"
        return f'nobody defines `%{name}`; give its file: build-root.macro-files = ["..."]'
    return f"hw diff {Path(question.file).stem}"


def _problem(question: SpecQuestion, said: str) -> Problem:
    """Rpm's own message, at its line where it names one."""
    errors = [found for found in re.finditer(_PLACE, said) if found["level"] == "error"]
    line = next((int(found["line"]) for found in errors if found["line"]), 0)
    return Problem(
        kind=Kind.SPEC,
        what=f"rpm can not read `{Path(question.file).name}`",
        where=Origin(file=question.file, line=line),
        why="\n".join(found["text"] for found in errors) or said,
        hint=_hint(question, said),
    )
