"""A shell in the very root of a component's build: the same files, environment and sandbox, and the script that builds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from headwater.build.job import Job
from headwater.build.line import Line
from headwater.build.rpmbuild import SCRIPT, TOP
from headwater.build.run import build_all
from headwater.build.running import Sign, Verify

GREETING = f"bash {SCRIPT}  builds it again; nothing you change here is kept"
WORDS = ("/bin/bash", "-c", f"echo {GREETING!r}; exec /bin/bash -i")


@contextmanager
def shell(line: Line, name: str, *, sign: Sign, verify: Verify, words: Sequence[str] = WORDS) -> Iterator[list[str]]:
    """The argument vector of a shell (or of `words`) where `name` is built; good as long as the block runs.

    What `name` needs is built first. Changes made in there end with the block; what the engine holds stays as it is.
    """
    if needed := [one for one in line.order([name]) if one != name]:
        build_all(line, sign=sign, verify=verify, only=needed)
    job = line.job(name)
    verify(job.packages)
    line.engine.provide(job.action.root, lambda wanted: line.workshop.supply(job, wanted))
    with line.engine.client.stage(job.action.root) as root:
        yield argv(job, root, words)


def argv(job: Job, root: Path, words: Sequence[str]) -> list[str]:
    """The argument vector that runs `words` in a staged root as an action would be run."""
    vector = ["bwrap", "--die-with-parent", "--unshare-all", "--uid", "0", "--gid", "0", "--cap-add", "ALL"]
    vector += ["--hostname", "buildbox", "--bind", str(root), "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]  # noqa: S108
    vector += ["--chdir", f"/{TOP}", "--clearenv"]
    environment = {**job.action.environment, "TERM": "xterm-256color", "PS1": f"[{job.component}] \\w# "}
    for name, value in sorted(environment.items()):
        vector += ["--setenv", name, value]
    return [*vector, "--", *words]
