"""What is said of a script that makes a source and fails, with a sandbox that only pretends; and how its hash is found."""

import hashlib
import os
from pathlib import Path

import pytest

from headwater.config import load
from headwater.config.model import Custom, Download, SourceFile
from headwater.errors import Failure, Kind
from headwater.store import Store
from headwater.toolbox import Toolbox
from headwater.upstream.custom import make_custom
from headwater.upstream.model import LooseFile


@pytest.fixture
def toolbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toolbox:
    """An empty toolbox, and a `bwrap` that runs nothing but says much and fails."""
    (tmp_path / "bin").mkdir()
    bwrap = tmp_path / "bin/bwrap"
    bwrap.write_text("#!/bin/sh\nseq 1 99\necho it broke >&2\nexit 3\n")
    bwrap.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bwrap.parent}:{os.environ['PATH']}")
    (tmp_path / "root/var").mkdir(parents=True)
    return Toolbox(root=tmp_path / "root", key="x")


def test_a_script_that_fails_tells_its_code_and_its_last_lines(tmp_path: Path, toolbox: Toolbox) -> None:
    script = tmp_path / "vendor.sh"
    script.write_text("#!/bin/sh\nexit 3\n")
    source = SourceFile(filename="made.tar.gz", origin=Custom(script=str(script)))
    with pytest.raises(Failure) as caught:
        make_custom(source, Custom(script=str(script)), {}, Store(tmp_path / "store"), toolbox)
    problem = caught.value.problems[0]
    lines = problem.why.splitlines()
    assert problem.kind is Kind.SOURCE
    assert lines[0] == "`vendor.sh` ended with exit code 3"
    assert lines[-2:] == ["99", "it broke"]
    assert "bwrap" not in problem.why
    assert len(lines) < 25


def test_a_hash_is_of_a_file_only_where_there_is_one() -> None:
    fetched = SourceFile(filename="a.tar.gz", origin=Download(uri="https://a.invalid/a.tar.gz"))
    made = SourceFile(filename="a.tar.gz", origin=Custom(script="/x/vendor.sh"))
    assert fetched.how_to_hash().startswith("sha512sum a.tar.gz;")
    assert "a.tar.gz" not in made.how_to_hash()


def test_the_hint_for_a_made_source_is_one_that_the_project_takes(tmp_path: Path) -> None:
    distro = '[project]\ndefault-distro = { name = "x" }\n[distros.x]\ndefault-version = "1"\n[distros.x.versions.1]\n'
    head = f'{distro}[components.a]\nspec = {{ type = "local", path = "a.spec" }}\n'
    source = '[[components.a.source-files]]\nfilename = "a.tar.gz"\norigin = { type = "custom", script = "vendor.sh" }\n'
    for name, text in (("a.spec", "Name: a\n"), ("vendor.sh", "#!/bin/sh\n"), ("headwater.toml", head + source)):
        (tmp_path / name).write_text(text)
    with pytest.raises(Failure) as caught:
        load(tmp_path)
    [problem] = caught.value.problems
    (tmp_path / "headwater.toml").write_text(head + source + problem.hint.partition(";")[0].replace(", ", "\n") + "\n")
    assert load(tmp_path).components["a"].source_files[0].hash == "0" * len(hashlib.sha512().hexdigest())


def test_a_file_beside_the_spec_is_an_input_where_the_spec_names_it(tmp_path: Path, toolbox: Toolbox) -> None:
    source = SourceFile(filename="made.tar.gz", origin=Custom(script="/x/vendor.sh"))
    files = {"mole.spec": LooseFile(content=b"")}
    with pytest.raises(Failure) as caught:
        make_custom(source, Custom(script="/x/vendor.sh", inputs=("names.txt",)), files, Store(tmp_path / "store"), toolbox)
    [problem] = caught.value.problems
    assert (problem.kind, problem.why) == (Kind.CONFIG, "those are `mole.spec`")
    assert "not there" not in problem.what
    assert "that a Source or Patch tag of it names" in problem.hint
