"""`hw check`: every problem at its line and column; with --permissive-config they are warnings, and the work goes on."""

import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from headwater.cli.main import hw
from headwater.errors import Failure

PROJECT = """\
[project]
colour = "red"

[components.a]
spec = { type = "local", path = "a.spec" }
speck = 3
"""


def check(folder: Path, *words: str) -> Result:
    (folder / "azldev.toml").write_text(PROJECT)
    return CliRunner().invoke(hw, ["-C", str(folder), "--store", str(folder / "store"), *words, "check"])


def test_all_problems_are_told_at_once_each_with_its_place(tmp_path: Path) -> None:
    result = check(tmp_path)
    assert isinstance(result.exception, Failure)
    told = {str(problem.where): problem for problem in result.exception.problems}
    assert sorted(told) == ["azldev.toml:2:1", "azldev.toml:5:26", "azldev.toml:6:1"]
    assert told["azldev.toml:6:1"].hint == "did you mean `spec`?"


def test_forgiven_problems_are_warnings(tmp_path: Path) -> None:
    result = check(tmp_path, "--permissive-config", "--json")
    assert result.exit_code == 0, result.exception
    assert json.loads(result.stdout) == [{"files": 1, "components": 1, "overlays": 0, "images": 0}]
    for what, place in (("`colour` is no key", "azldev.toml:2:1"), ("`speck` is no key", "azldev.toml:6:1")):
        assert f"warning: {what}" in result.stderr
        assert f" --> {place}\n" in result.stderr


def test_what_was_read_without_lines_is_told_with_them(tmp_path: Path) -> None:
    (tmp_path / "headwater.toml").write_text(
        '[project]\ndefault-distro = { name = "x" }\n[distros.x]\ndefault-version = "1"\n[distros.x.versions.1]\n'
        '\n[components.a]\nspec = { type = "upstream", upstream-distro = { name = "x" } }\n'
    )
    words = ["-C", str(tmp_path), "--store", str(tmp_path / "store"), "-q", "update"]
    said = subprocess.run([sys.executable, "-m", "headwater", *words], capture_output=True, text=True, check=False)
    assert said.returncode == 3, said.stderr
    assert " --> headwater.toml:8:1\n" in said.stderr
