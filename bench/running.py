"""`hw` as a process of its own, as a user's shell starts it; both big benchmarks run it so."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

OVERLAY = """
[[components.lsscsi.overlays]]
type = "spec-append-lines"
section = "%description"
lines = ["{line}"]
description = "Changed by a benchmark, to see what it costs"
"""


def hw(project: Path, store: Path, *words: str) -> Any:
    """What `hw` prints as JSON (None: nothing). Python keeps its compiled modules, which some machines switch off."""
    options = ["-q", "--json", "--store", str(store), "-C", str(project)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    program = Path(sys.executable).with_name("hw")
    done = subprocess.run([program, *options, *words], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def change_lsscsi(project: Path, line: str) -> None:
    """One overlay more for lsscsi in a copy of distro/: a line of its description."""
    with (project / "components" / "lsscsi.toml").open("a") as file:
        file.write(OVERLAY.format(line=line))
