"""Finding and loading projects: files, layers, limits."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from headwater.config import Given, Project, find_project, load, read_project, reader
from headwater.errors import Failure, Kind
from headwater.origin import Origin

BASE = """
[project]
default-distro = { name = "alki" }
[distros.alki]
default-version = "0"
versions.0.release-ver = "0"
"""


def write(folder: Path, text: str = "", name: str = "headwater.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(BASE + text if name == "headwater.toml" else text)
    return path


def places(failure: Failure) -> list[tuple[str, int]]:
    return [(problem.where.file, problem.where.line) for problem in failure.problems if problem.where]


def test_nearest_project_file_is_found_and_ours_goes_first(tmp_path: Path) -> None:
    outer = write(tmp_path, name="azldev.toml")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_project(below) == outer
    ours = write(tmp_path)
    assert find_project(below) == ours


def test_no_project_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Failure) as raised:
        find_project(tmp_path)
    assert raised.value.kind is Kind.CONFIG
    assert raised.value.problems[0].hint


def test_a_folder_can_be_loaded(tmp_path: Path) -> None:
    write(tmp_path)
    project = load(tmp_path)
    assert project.root == tmp_path
    assert project.version == "0"
    assert project.output == tmp_path / "out"


def test_user_file_wins_over_project_and_config_files_over_both(tmp_path: Path) -> None:
    write(tmp_path / "project", '[bridge]\nsuite = "project"\n')
    user = write(tmp_path, '[bridge]\nsuite = "user"\n[project]\nkey-dir = "keys"\n', "user.toml")
    first = write(tmp_path, '[bridge]\nsuite = "first"\n', "first.toml")
    second = write(tmp_path, '[bridge]\nsuite = "second"\n', "second.toml")

    def suite(project: Project) -> str:
        return project.bridge.suite

    assert suite(load(tmp_path / "project")) == "project"
    with_user = load(tmp_path / "project", Given(user_file=user))
    assert suite(with_user) == "user"
    assert with_user.keys == tmp_path / "keys", "a path counts from the file that says it"
    assert suite(load(tmp_path / "project", Given(user_file=user, config_files=(first, second)))) == "second"


def test_files_outside_the_project_are_named_whole(tmp_path: Path) -> None:
    write(tmp_path / "project")
    extra = write(tmp_path, "nonsense = 1\n", "extra.toml")
    with pytest.raises(Failure) as raised:
        load(tmp_path / "project", Given(config_files=(extra,)))
    assert places(raised.value) == [(str(extra), 1)]


def test_too_large_files_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path)
    monkeypatch.setattr(reader, "LIMIT", path.stat().st_size - 1)
    with pytest.raises(Failure) as raised:
        load(tmp_path)
    assert places(raised.value) == [("headwater.toml", 0)]


@pytest.mark.parametrize("most", [1 << 20, 10])
def test_a_pipe_is_read_to_its_end_or_to_the_limit(most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=('[project]\nlog-dir = "elsewhere"\n',))
    writer.start()
    reading = read_project(tmp_path)
    monkeypatch.setattr(reader, "LIMIT", most)
    reading.layers.add(pipe)
    writer.join()
    assert ("elsewhere" in str(reading.layers.merged["project"])) == (most > 10)
    assert bool(reading.findings.problems) == (most == 10)


def test_missing_config_file_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(Failure) as raised:
        load(tmp_path, Given(config_files=(tmp_path / "none.toml",)))
    assert raised.value.kind is Kind.CONFIG
    assert places(raised.value) == [("none.toml", 0)]


def test_unreadable_file_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)

    opened = Path.open

    def refuse(path: Path, *words: Any, **more: Any) -> Any:
        if path.parent == tmp_path:
            raise PermissionError(13, "Permission denied")  # what mode 0 gives everybody but root
        return opened(path, *words, **more)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(Failure):
        load(tmp_path)


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a = " + "[" * 5000 + "]" * 5000)
    with pytest.raises(Failure) as raised:
        load(tmp_path)
    assert places(raised.value) == [("headwater.toml", 0)]


def test_windows_line_ends_do_not_move_lines(tmp_path: Path) -> None:
    path = tmp_path / "headwater.toml"
    path.write_bytes((BASE + "nonsense = 1\n").replace("\n", "\r\n").encode())
    with pytest.raises(Failure) as raised:
        load(tmp_path)
    assert places(raised.value) == [("headwater.toml", 7)]


def test_unknown_key_gets_the_nearest_name(tmp_path: Path) -> None:
    write(tmp_path, "[components.tool]\nspek.path = 'x'\n")
    with pytest.raises(Failure) as raised:
        load(tmp_path)
    (problem,) = raised.value.problems
    assert problem.where == Origin(file="headwater.toml", line=8, column=1, key="components.tool.spek")
    assert "`spec`" in problem.hint


def test_a_rule_remembers_its_line_and_the_deviation_its_file(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text('includes = ["sub/*.toml"]\n' + BASE)
    write(tmp_path, "Name: tool\n", "sub/tool.spec")
    write(
        tmp_path,
        '[components.tool]\nspec.path = "tool.spec"\n[[components.tool.overlays]]\n'
        'type = "spec-remove-tag"\ntag = "Group"\ndescription = "unused"\n',
        "sub/tool.toml",
    )
    component = load(tmp_path).components["tool"]
    assert component.spec.path == str(tmp_path / "sub" / "tool.spec")
    assert component.overlays[0].where == Origin(file="sub/tool.toml", line=3, column=1, key="components.tool.overlays[0]")


def test_same_text_same_value(tmp_path: Path) -> None:
    write(tmp_path)
    assert load(tmp_path) == load(tmp_path)


@pytest.mark.parametrize("value", ["9" * 5000, "{ b = " * 300 + "1" + " }" * 300], ids=["many digits", "many tables"])
def test_values_that_python_cannot_hold_are_refused(tmp_path: Path, value: str) -> None:
    write(tmp_path, f"a = {value}\n")
    with pytest.raises(Failure) as raised:
        load(tmp_path)
    assert places(raised.value) == [("headwater.toml", 0)]


def test_a_key_of_many_parts_is_refused_at_once(tmp_path: Path) -> None:
    write(tmp_path, "a." * 500_000 + "b = 1\n")
    with pytest.raises(Failure) as raised:
        load(tmp_path)
    assert places(raised.value) == [("headwater.toml", 0)]


def test_a_byte_order_mark_moves_nothing(tmp_path: Path) -> None:
    (tmp_path / "headwater.toml").write_bytes(b"\xef\xbb\xbf" + BASE.encode() + b"nonsense = 1\n\r\r\n")
    with pytest.raises(Failure):
        load(tmp_path)
    (tmp_path / "headwater.toml").write_bytes(b"\xef\xbb\xbf" + BASE.encode() + b"nonsense = 1\n")
    with pytest.raises(Failure) as raised:
        load(tmp_path)
    assert places(raised.value) == [("headwater.toml", 7)]


def test_what_nobody_wrote_is_blamed_on_the_project_file(tmp_path: Path) -> None:
    (tmp_path / "headwater.toml").write_text("")
    with pytest.raises(Failure) as raised:
        load(tmp_path)
    assert places(raised.value) == [("headwater.toml", 0)]


def test_servers_are_named_by_the_user_and_by_no_project(tmp_path: Path) -> None:
    write(tmp_path / "project")
    user = write(tmp_path, '[engine]\nurl = "grpcs://builds.example"\nca = "ca.pem"\n', "user.toml")
    project = load(tmp_path / "project", Given(user_file=user))
    assert (project.engine.url, project.engine.ca) == ("grpcs://builds.example", str(tmp_path / "ca.pem"))
    for wrong in ('url = "builds.example"', 'size = "20 GB"'):
        user.write_text(f"[engine]\n{wrong}\n")
        with pytest.raises(Failure) as raised:
            load(tmp_path / "project", Given(user_file=user))
        assert places(raised.value) == [(str(user), 2)]
    (tmp_path / "project" / "more.toml").write_text('[cache]\nurl = "grpcs://builds.example"\n')
    with (tmp_path / "project" / "headwater.toml").open("r+") as file:
        text = file.read()
        file.seek(0)
        file.write('includes = ["more.toml"]\n' + text)
    with pytest.raises(Failure) as raised:
        load(tmp_path / "project")
    assert places(raised.value) == [("more.toml", 1)]
