"""The real tmt for tests, from PyPI as requirements/tmt.lock says, and a plan for it.

It starts rsync and ssh from /usr/bin and nowhere else; nothing is installed on the host, so it runs in a toolbox that has them.
"""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from headwater import command
from headwater.digest import digest_of
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox

REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "tmt.lock"
SITE = "/tmp/site"
PLAN = """
discover: {how: fmf}
execute: {how: tmt}
/guest:
  summary: A machine of Alki's
"""
TESTS = """
/who:
  test: . /etc/os-release && echo $ID of $(hostname)
/wrong:
  test: test -e /nobody/has/this
"""
START = 'TMT_CONFIG_DIR="$TMT_CONFIG_DIR" TMT_ALLOW_UNSAFE_BEHAVIOR="$TMT_ALLOW_UNSAFE_BEHAVIOR" python3 -m tmt "$@"'


def write_tmt(folder: Path, box: Toolbox, store: Store, places: Sequence[Path]) -> Path:
    """A folder with a program `tmt` that sees nothing of this machine but `places`, below /tmp."""
    binds = [sandbox.Bind(source=place, writable=True) for place in places] + [sandbox.Bind(source=_site(store), target=SITE)]
    env = {"PYTHONPATH": SITE, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    words = sandbox.argv(box, ["env"], binds=binds, env=env)
    folder.mkdir(exist_ok=True)
    (folder / "tmt").write_text(f"#!/bin/sh\nexec {shlex.join(words)} {START}\n")
    (folder / "tmt").chmod(0o755)
    return folder


def _site(store: Store) -> Path:
    """Its Python packages, made once for a lock."""

    def make(place: Path) -> None:
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--target", place]
        # what runs pip is an older Python than what will run tmt, and the lock is for that one
        other = ["--python-version", "3.14", "--no-deps", "--ignore-requires-python", "--only-binary", ":all:"]
        command.run([*pip, *other, "--no-compile", "--require-hashes", "--requirement", REQUIREMENTS])

    return store.tree("tmt", digest_of([1, REQUIREMENTS.read_text()]), make)


def write_plan(place: Path) -> str:
    """A repository with a plan and its tests; the name of its commit."""
    (place / ".fmf").mkdir(parents=True)
    for name, text in ((".fmf/version", "1\n"), ("plan.fmf", PLAN), ("test.fmf", TESTS)):
        (place / name).write_text(text)
    git = ["git", "-C", place, "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        command.run([*git, *words])
    return command.run([*git, "rev-parse", "HEAD"]).text.strip()
