"""Every folder here is a project: a good one with what is read from it, or one with the fault that its name says.

`problems.txt` holds each expected problem as `kind file:line key`. `project.json` holds what differs from an empty project.
"""

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headwater.config import find_project, load
from headwater.errors import Failure

HERE = Path(__file__).parent
CASES = sorted(path for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__")


@pytest.mark.parametrize("case", [case for case in CASES if not case.name.startswith("good-")], ids=lambda case: case.name)
def test_fault_is_found(case: Path) -> None:
    with pytest.raises(Failure) as raised:
        load(find_project(case))
    found = []
    for problem in raised.value.problems:
        assert problem.where, problem
        found.append(f"{problem.kind.name} {problem.where.file}:{problem.where.line} {problem.where.key}".rstrip())
    check(case / "problems.txt", "\n".join(found) + "\n")


@pytest.mark.parametrize("case", [case for case in CASES if case.name.startswith("good-")], ids=lambda case: case.name)
def test_good_project_is_read(case: Path) -> None:
    project = load(find_project(case))
    data = portable(msgspec.to_builtins(project, enc_hook=str), case)
    written = data["resources"]["rpm-repo-set-templates"]
    data["resources"]["rpm-repo-set-templates"] = {
        name: rule for name, rule in written.items() if not rule["where"].startswith("defaults.toml")
    }
    if data["toolbox"]["where"].startswith("default.toml"):  # what Headwater comes with is no part of a case
        del data["toolbox"]
    check(case / "project.json", json.dumps(data, indent=1, sort_keys=True) + "\n")


def check(expected: Path, found: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(found)
    assert found == expected.read_text()


def portable(value: Any, root: Path) -> Any:
    """The value without this machine's paths, and places as one word."""
    match value:
        case {"file": str(file), "line": int(line), "key": _}:
            return f"{file}:{line}"
        case dict():
            return {key: portable(inner, root) for key, inner in value.items()}
        case list() | tuple():
            return [portable(inner, root) for inner in value]
        case str() | Path():
            return str(value).replace(str(root), "ROOT")
    return value
