"""The words a user reads are the words the program says."""

import subprocess
import sys
from pathlib import Path

import pytest

from headwater.cli.main import VERBS

ROOT = Path(__file__).parents[2]


def test_readme_and_reference_are_what_help_says() -> None:
    said = subprocess.run([sys.executable, ROOT / "tools/words.py", "--check"], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_its_page(verb: str) -> None:
    assert f"## `hw {verb}`" in (ROOT / "docs/reference/hw.md").read_text()
