"""A shell in the very root of a component's build: the same files, environment and sandbox, and the script that builds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from headwater.build.dynamic import Wants
from headwater.build.job import Job
from headwater.build.line import Line
from headwater.build.run import build_all
from headwater.build.running import Sign
from headwater.build.script import SCRIPT, TOP
from headwater.build.verified import Verify
from headwater.toolbox.sandbox import KERNEL

GREETING = f"bash {SCRIPT}  builds it again; nothing you change here is kept"
WORDS = ("/bin/bash", "-c", f"echo {GREETING!r}; exec /bin/bash -i")


@contextmanager
def shell(line: Line, name: str, *, sign: Sign, verify: Verify, words: Sequence[str] = WORDS) -> Iterator[list[str]]:
    """The argument vector of a shell (or of `words`) where `name` is built; good as long as the block runs.

    What `name` needs is built first. Changes made in there end with the block; what the engine holds stays as it is.
    """
    with staged(line, name, sign=sign, verify=verify) as (job, root):
        yield argv(job, root, words, {"TERM": "xterm-256color", "PS1": f"[{job.component}] \\w# "})


@contextmanager
def staged(line: Line, name: str, *, sign: Sign, verify: Verify) -> Iterator[tuple[Job, Path]]:
    """The build root of a component as a folder that may be written to; what it needs is built first."""
    job = ready(line, [name], sign=sign, verify=verify)[0]
    verify(job.packages)
    line.engine.provide(job.action.root, lambda wanted: line.workshop.supply(job, wanted))
    with line.engine.client.stage(job.action.root) as root:
        yield job, root


def ready(line: Line, names: Sequence[str], *, sign: Sign, verify: Verify) -> list[Job]:
    """The builds of components, when all that they need is built."""
    while True:
        if needed := sorted({one for name in names for one in line.order([name]) if one != name}):
            build_all(line, sign=sign, verify=verify, only=needed)
        try:
            return [line.job(name) for name in names]
        except Wants:
            continue  # the graph knows more now


def argv(job: Job, root: Path, words: Sequence[str], more: Mapping[str, str] = {}) -> list[str]:
    """The argument vector that runs `words` in a staged root as an action would be run; `more` is for its environment."""
    vector = ["bwrap", "--die-with-parent", "--unshare-all", "--uid", "0", "--gid", "0", "--cap-drop", "ALL"]
    vector += ["--hostname", "buildbox", "--bind", str(root), "/", "--dev", "/dev", "--proc", "/proc", *KERNEL]
    vector += ["--tmpfs", "/tmp"]  # noqa: S108 the sandbox's
    vector += ["--chdir", f"/{TOP}", "--clearenv"]
    for name, value in sorted({**job.action.environment, **more}.items()):
        vector += ["--setenv", name, value]
    return [*vector, "--", *words]
