"""Runs a suite of pytest's against an image, in an environment of its own where it wants something installed."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from headwater import command
from headwater.config.suites import Pytest
from headwater.digest import digest_of
from headwater.errors import Kind, fail
from headwater.image.junit import read_junit
from headwater.report import CheckResult

LIMIT = 3600.0  # seconds for one suite
RAN = (0, 1)  # pytest's exit codes of a run to the end: nothing failed, something did
PLACEHOLDER = re.compile(r"\{([a-z-]+)\}")


def run_suite(
    name: str, rule: Pytest, words: Mapping[str, str], *, root: Path, work: Path, log: Path, offline: bool
) -> tuple[CheckResult, ...]:
    """A result for each test. `words` are what placeholders of `extra-args` stand for; unknown ones stay as they are.

    Errors: Failure(TOOL) where pytest or what the suite needs is missing, or nothing was collected.
    """
    folder = Path(rule.working_dir) if rule.working_dir else root
    python = _python(rule, folder, work, offline=offline)
    report = log.with_suffix(".junit.xml")
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    extra = [PLACEHOLDER.sub(lambda match: words.get(match[1], match[0]), each) for each in rule.extra_args]
    vector = [str(python), "-m", "pytest", *_paths(rule, folder), f"--rootdir={folder}", f"--junit-xml={report}", *extra]
    result = command.run(vector, cwd=folder, log=log, timeout=LIMIT, accept=range(256))
    if result.code not in RAN:
        why = f"pytest ended with {result.code}\n{command.tail(log.read_bytes())}"
        raise fail(Kind.TOOL, f"test `{name}` was not run to its end", why=why, hint=command.copyable(vector, folder))
    return read_junit(report, name, command.copyable(vector, folder))


def _paths(rule: Pytest, folder: Path) -> list[str]:
    """The files that the globs find, sorted; none is an error, for nobody wants a suite that tests nothing."""
    found: list[str] = []
    for glob in rule.test_paths:
        bad = glob.startswith("/") or ".." in Path(glob).parts
        matches = [] if bad else sorted(str(path.relative_to(folder)) for path in folder.glob(glob))
        if not matches:
            why = "expected a path below the working folder" if bad else f"looked in {folder}"
            raise fail(Kind.CONFIG, f"`{glob}` finds no test", where=rule.where, why=why, hint=f"ls {folder}")
        found += matches
    return found


def _python(rule: Pytest, folder: Path, work: Path, *, offline: bool) -> Path:
    """Our own Python where nothing is to be installed, else that of a virtual environment, made once for what it holds."""
    if rule.install in {"", "none"}:
        if importlib.util.find_spec("pytest") is None:
            hint = f"{sys.executable} -m pip install pytest"
            raise fail(Kind.TOOL, "pytest is not there", why=f"{sys.executable} does not find it", hint=hint)
        return Path(sys.executable)
    asked = folder / ("requirements.txt" if rule.install == "requirements" else "pyproject.toml")
    if not asked.is_file():
        raise fail(Kind.CONFIG, f"`{asked.name}` is not there", where=rule.where, why=f"`install` wants it in {folder}")
    place = work / "venvs" / digest_of([sys.version, str(folder), rule.install, asked.read_text()])[:16]
    if not place.exists():
        if offline:
            what = f"the environment of `{folder.name}` is not made yet"
            raise fail(Kind.TOOL, what, why="it needs the network", hint="hw without --offline")
        _make(place, ["-r", str(asked)] if rule.install == "requirements" else ["-e", str(folder)])
    return place / "bin" / "python"


def _make(place: Path, wanted: list[str]) -> None:
    beside = place.with_name(f".{place.name}-{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.parent.mkdir(parents=True, exist_ok=True)
    command.run([sys.executable, "-m", "venv", beside])
    command.run([beside / "bin" / "python", "-m", "pip", "install", "--quiet", "pytest", *wanted], timeout=LIMIT)
    beside.rename(place)
