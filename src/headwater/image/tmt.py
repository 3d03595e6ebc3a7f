"""Runs a plan of tmt's against an image: a disk is started and entered by ssh, a container is started by tmt with podman."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from headwater import command
from headwater.config.suites import Tmt
from headwater.errors import Kind, fail
from headwater.image.junit import read_junit
from headwater.image.model import Image
from headwater.image.reach import Way, reach
from headwater.report import CheckResult
from headwater.store import Store
from headwater.toolbox.model import Toolbox

LIMIT = 7200.0  # seconds for one plan
RAN = (0, 1)  # tmt's exit codes of a run to the end: all passed, some failed
GUEST = "guest"  # what it is called; nobody looks the name up
PROXY = "provision.unsafe-ssh-options"  # tmt's word for a ProxyCommand


def run_plan(
    name: str, rule: Tmt, provision: AbstractContextManager[Sequence[str]], *, log: Path, store: Store, offline: bool
) -> tuple[CheckResult, ...]:
    """A result for each of the plan's tests. `provision` has tmt's words for what is tested; opened once all else is there.

    Errors: Failure(TOOL) where tmt is missing or ends before they were run.
    """
    if not shutil.which("tmt"):
        why = "tests of type `tmt` are run by tmt itself"
        raise fail(Kind.TOOL, f"test `{name}` cannot be run: `tmt` is not there", why=why, hint="pipx install tmt")
    with store.scratch("tmt") as work:
        clone(rule, work / "tests", offline=offline)
        with provision as words:
            return _run(name, rule, words, work, log)


def _run(name: str, rule: Tmt, provision: Sequence[str], work: Path, log: Path) -> tuple[CheckResult, ...]:
    report = work / "junit.xml"
    vector = ["tmt", "--root", str(work / "tests"), "run", "--id", str(work / "run"), "--all", "provision", *provision]
    vector += ["report", "--how", "junit", "--file", str(report)]
    vector += ["plan", "--name", f"^{re.escape(rule.plan)}$"] if rule.plan else []
    # which run was the last one is its user's, not ours to write; a way of our own to a guest has to be allowed
    own = {"TMT_CONFIG_DIR": str(work / "config"), "TMT_ALLOW_UNSAFE_BEHAVIOR": PROXY, "NO_COLOR": "1"}
    result = command.run(vector, env={**os.environ, **own}, log=log, timeout=LIMIT, accept=range(256))
    if result.code not in RAN:
        why = f"tmt ended with {result.code}\n{command.tail(log.read_bytes())}"
        raise fail(Kind.TOOL, f"test `{name}` was not run to its end", why=why, hint=command.copyable(vector))
    return read_junit(report, name, command.copyable(vector))


@contextmanager
def provision(image: Image, path: Path, toolbox: Toolbox, store: Store, *, serve: Path, log: Path) -> Iterator[tuple[str, ...]]:
    """What tmt is told of an image: a container is in the layout at `path`; a disk is started, its console written to `log`."""
    if image.kind == "oci":
        yield ("--how", "container", "--image", f"oci:{path.resolve()}")
    elif image.kind == "disk":
        with reach(image, toolbox, store, serve=serve, log=log) as way:
            yield by_ssh(way)
    else:
        why = f"its kind is {image.kind}"
        raise fail(Kind.USAGE, f"image `{image.name}` is neither a container nor a disk", why=why, hint="hw image list")


def by_ssh(way: Way) -> tuple[str, ...]:
    """What it is told of a guest that runs."""
    return (
        "--how",
        "connect",
        "--guest",
        GUEST,
        "--user",
        "root",
        "--key",
        str(way.key),
        "--ssh-option",
        f"ProxyCommand={way.proxy}",
    )


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
