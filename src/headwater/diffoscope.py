"""In what two files differ, as diffoscope of the toolbox sees it."""

from __future__ import annotations

from pathlib import Path

from headwater.toolbox import sandbox
from headwater.toolbox.model import Toolbox

LONGEST = 8000  # letters of a report
PATIENCE = 600  # seconds


def differ(first: Path, second: Path, toolbox: Toolbox) -> str:
    """A report of at most LONGEST letters, or a little more; empty where the files are the same."""
    binds = [sandbox.Bind(source=first, target="/tmp/first"), sandbox.Bind(source=second, target="/tmp/second")]  # noqa: S108
    words = ["diffoscope", "--no-progress", "--max-text-report-size", str(LONGEST), "/tmp/first", "/tmp/second"]  # noqa: S108
    return sandbox.run(toolbox, words, binds=binds, accept=(0, 1), timeout=PATIENCE).text.strip()
