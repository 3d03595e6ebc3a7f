"""Runs in the toolbox's own Python: has rpmautospec count releases and write changelogs. JSON in, one answer a line out.

rpmautospec reads a spec at every commit of its history, and each of these specs is a program: so each question is answered
where `inside_spec` asks rpm, in namespaces of its own, without capabilities.
"""

import base64
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path += ["/run/headwater", "/run/headwater/site"]

import inside_spec  # type: ignore[import-not-found] # it lies beside this in the sandbox
import pygit2
from rpmautospec.subcommands.process_distgit import do_process_distgit  # loaded once, for all that are forked

ANSWER = 16 << 20  # bytes of a processed spec


def main() -> None:
    for question in json.load(sys.stdin):
        sys.stdout.write(ask(question) + "\n")
        sys.stdout.flush()


def ask(question: dict[str, Any]) -> str:
    """The processed spec (or the error) of one folder as a line of JSON; its process has `seconds` of wall time."""
    reader, writer = os.pipe()
    middle = os.fork()
    if not middle:
        os.close(reader)
        work: Callable[[], None] = lambda: answer(question, writer)  # noqa: E731 as in inside_spec
        os._exit(inside_spec.apart(work, question["seconds"]))
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        said = file.read(ANSWER)
    code = os.waitstatus_to_exitcode(os.waitpid(middle, 0)[1])
    if code == signal.SIGALRM:
        return json.dumps({"error": f"it did not end within {question['seconds']} seconds"})
    try:
        return json.dumps(json.loads(said))
    except ValueError:
        return json.dumps({"error": f"rpmautospec ended early (code {code}); limits are memory, time and files"})


def answer(question: dict[str, Any], writer: int) -> None:
    noise = inside_spec.confine(writer)
    try:
        found = {"spec": base64.b64encode(process(question)).decode()}
    except BaseException as error:  # noqa: BLE001 whatever it is, it is the answer
        os.lseek(noise, 0, os.SEEK_SET)
        said = inside_spec.clean(os.read(noise, inside_spec.NOISE).strip())
        found = {"error": f"{type(error).__name__}: {error}" + (f"\n{said}" if said else "")}
    with os.fdopen(writer, "w") as file:
        json.dump(found, file)


def process(question: dict[str, Any]) -> bytes:
    """The spec as rpmautospec leaves it; unchanged where it has nothing to count."""
    folder, target = Path("/tmp/history"), Path("/tmp/processed")  # noqa: S108 private
    check_out(folder, question["objects"], question["head"])
    spec = folder / question["spec"]
    do_process_distgit(spec, target, enable_caching=False)
    return (target if target.exists() else spec).read_bytes()


def check_out(folder: Path, objects: str, head: str) -> None:
    """A repository with this history, its objects borrowed, and the files of its last commit."""
    pygit2.init_repository(str(folder))
    (folder / ".git/objects/info/alternates").write_text(f"{objects}\n")
    repository = pygit2.Repository(str(folder))
    repository.references.create("refs/heads/main", head)
    repository.set_head("refs/heads/main")
    repository.checkout_head(strategy=pygit2.enums.CheckoutStrategy.FORCE)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
