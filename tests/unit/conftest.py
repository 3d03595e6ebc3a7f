"""Git repositories for unit tests: real ones, made by git itself, by nobody in particular and always at the same time."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


class Work:
    """A repository with a work tree."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str, date: int = 1_000_000_000) -> str:
        who = {f"GIT_{role}_{what}": "a" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        when = {f"GIT_{role}_DATE": f"@{date} +0000" for role in ("AUTHOR", "COMMITTER")}
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **who, **when}
        done = subprocess.run(["git", *words], cwd=self.place, env=env, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, date: int = 1_000_000_000) -> str:
        """All that is there; the id of the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "words\n\nmore", date=date)
        return self.git("rev-parse", "HEAD")

    def put(self, date: int = 1_000_000_000, **files: str) -> str:
        """A commit with these files; `a_spec` is `a.spec`."""
        for name, content in files.items():
            (self.place / name.replace("_", ".")).write_text(content)
        return self.commit(date)


@pytest.fixture
def work_at() -> Callable[[Path], Work]:
    """Makes an empty repository somewhere."""
    return Work
