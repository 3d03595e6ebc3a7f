"""Runs a plan of tmt's against an image: tmt itself starts it, a container by podman and a disk by testcloud."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from headwater import command
from headwater.config.suites import Tmt
from headwater.errors import Kind, fail
from headwater.image.junit import read_junit
from headwater.report import CheckResult
from headwater.store import Store

LIMIT = 7200.0  # seconds for one plan
RAN = (0, 1)  # tmt's exit codes of a run to the end: all passed, some failed
HOW = {"oci": ("container", "oci:{}"), "disk": ("virtual.testcloud", "file://{}")}


def run_plan(
    name: str, rule: Tmt, kind: str, image: Path, *, log: Path, store: Store, offline: bool
) -> tuple[CheckResult, ...]:
    """A result for each of the plan's tests. Errors: Failure(TOOL) where tmt is missing or ends before they were run."""
    if not shutil.which("tmt"):
        why = "tests of type `tmt` are run by tmt itself"
        raise fail(Kind.TOOL, f"test `{name}` cannot be run: `tmt` is not there", why=why, hint="pipx install 'tmt[provision]'")
    if kind not in HOW:
        why = f"an image of kind `{kind}` is neither a container nor a disk"
        raise fail(Kind.USAGE, f"test `{name}` cannot be run", where=rule.where, why=why, hint="hw image list")
    how, address = HOW[kind]
    with store.scratch("tmt") as work:
        clone(rule, work / "tests", offline=offline)
        report = work / "junit.xml"
        vector = ["tmt", "--root", str(work / "tests"), "run", "--id", str(work / "run"), "--all"]
        vector += ["provision", "--how", how, "--image", address.format(image.resolve())]
        vector += ["report", "--how", "junit", "--file", str(report)]
        vector += ["plan", "--name", f"^{re.escape(rule.plan)}$"] if rule.plan else []
        result = command.run(vector, log=log, timeout=LIMIT, accept=range(256))
        if result.code not in RAN:
            why = f"tmt ended with {result.code}\n{command.tail(log.read_bytes())}"
            raise fail(Kind.TOOL, f"test `{name}` was not run to its end", why=why, hint=command.copyable(vector))
        return read_junit(report, name, command.copyable(vector))


def clone(rule: Tmt, place: Path, *, offline: bool) -> None:
    """The pinned revision, and nothing else of its repository. A commit's name is the digest of all that it holds."""
    if offline:
        why = f"{rule.source.git_url} is on the network"
        raise fail(Kind.SOURCE, "the tests are not here", where=rule.source.where, why=why, hint="hw without --offline")
    command.run(["git", "init", "--quiet", place])
    git = ["git", "-C", str(place), "-c", "protocol.ext.allow=never"]
    fetch = [*git, "fetch", "--quiet", "--depth", "1", "--", rule.source.git_url, rule.source.ref]
    command.run(fetch, kind=Kind.SOURCE, what=f"the tests at `{rule.source.git_url}` could not be fetched")
    command.run([*git, "checkout", "--quiet", "--detach", rule.source.ref], kind=Kind.SOURCE)
