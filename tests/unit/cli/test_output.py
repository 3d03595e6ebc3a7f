"""What the command line prints, and where."""

import csv
import io
import json
from typing import Any

import pytest
from rich.console import Console

from headwater.cli import output
from headwater.cli.live import Live
from headwater.cli.reporters import PAUSE, Lines, Plain
from headwater.errors import Failure, Kind, Problem, fail
from headwater.origin import Origin
from headwater.progress import Event, Outcome, Silent

COLUMNS = ("name", "size", "parts")
ROWS: list[tuple[Any, ...]] = [("jq", 12, ["a", "b"]), ("x|y", None, []), ("\x1b[31m[bold]red", True, "two\nlines")]
FAILURE = Failure([
    Problem(
        kind=Kind.CONFIG,
        what="`spek` is no key of [bold]",
        where=Origin(file="a.toml", line=3, column=7, key="a.spek"),
        why="found x\nexpected y",
        hint="did you mean `spec`?",
    ),
    Problem(kind=Kind.SOURCE, what="gone \x1b[2J"),
])  # fmt: skip


def test_problems_are_told_to_people_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_problems(FAILURE)
    out, err = capsys.readouterr()
    assert not out
    lines = err.splitlines()
    assert lines[:5] == [
        "error: `spek` is no key of [bold]",
        " --> a.toml:3:7",
        "     found x",
        "     expected y",
        "hint: did you mean `spec`?",
    ]
    assert lines[-1] == "2 problems"
    assert "\x1b" not in err


def test_problems_are_told_to_programs_as_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_problems(FAILURE, as_json=True)
    out, err = capsys.readouterr()
    assert not out
    first, second = json.loads(err)["problems"]
    assert (first["kind"], first["code"], first["where"]["line"]) == ("config", 3, 3)
    assert (second["kind"], second["where"]) == ("source", None)


def test_a_line_goes_out_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    error = io.StringIO()
    monkeypatch.setattr(error, "write", written.append)
    monkeypatch.setattr("sys.stderr", error)
    output.show_problems(FAILURE, as_json=True)
    [line] = filter(None, written)
    assert line.endswith("}\n")


def test_a_name_that_is_no_utf8_is_told_to_programs(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_problems(fail(Kind.SOURCE, "`a\udcff` is gone"), as_json=True)
    (problem,) = json.loads(capsys.readouterr().err)["problems"]
    assert problem["what"] == r"`a\udcff` is gone"


def test_json_keeps_types(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_table(COLUMNS, ROWS, "json")
    assert json.loads(capsys.readouterr().out)[0] == {"name": "jq", "size": 12, "parts": ["a", "b"]}


def test_no_rows_are_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_table(COLUMNS, [], "json")
    assert json.loads(capsys.readouterr().out) == []


def test_csv_is_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_table(COLUMNS, ROWS, "csv")
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == list(COLUMNS)
    assert rows[1] == ["jq", "12", "a, b"]
    assert rows[3][1:] == ["yes", "two\nlines"]


def test_markdown_escapes_its_own_signs(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_table(COLUMNS, ROWS, "markdown")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[3] == r"| x\|y |  |  |"
    assert lines[4].endswith("| yes | two<br>lines |")


def test_table_without_terminal_is_aligned_lines(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_table(("name", "size"), [("jq", 1), ("a-long-name", 100)])
    assert capsys.readouterr().out.splitlines() == ["name         size", "jq           1", "a-long-name  100"]


def test_table_on_a_terminal_takes_text_as_it_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    output.show_table(COLUMNS, ROWS)
    out = capsys.readouterr().out
    assert "[bold]red" in out
    assert "\x1b[31m" not in out


@pytest.mark.parametrize("style", ["table", "csv", "markdown"])
def test_control_characters_never_come_through(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.show_table(COLUMNS, ROWS, style)
    assert "\x1b" not in capsys.readouterr().out


def test_text_ends_in_one_newline(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_text("a\tb\n\n")
    assert capsys.readouterr().out == "a\tb\n"


@pytest.mark.parametrize(
    ("style", "kind"), [("live", Live), ("plain", Plain), ("auto", Plain), ("json", Lines), ("quiet", Silent)]
)
def test_reporter_by_name(style: str, kind: type) -> None:
    assert isinstance(output.make_reporter(style), kind)


def begun(name: str) -> Event:
    return Event(verb="build", name=name, reason="new")


def noted(name: str, note: str) -> Event:
    return Event(verb="build", name=name, note=note, current=1, total=2)


def ended(name: str, outcome: Outcome = Outcome.DONE) -> Event:
    return Event(verb="build", name=name, reason="new", outcome=outcome, seconds=1.25)


def test_json_lines_hold_every_event() -> None:
    lines: list[str] = []
    reporter = Lines(lines.append)
    for event in (begun("jq"), noted("jq", "compiling"), ended("jq")):
        reporter.tell(event)
    told = [json.loads(line) for line in lines]
    assert [event["outcome"] for event in told] == [None, None, "done"]
    assert told[1]["note"] == "compiling"


def test_plain_lines_tell_ends_and_keep_quiet_about_what_was_there() -> None:
    lines: list[str] = []
    reporter = Plain(lines.append, verbose=False, clock=lambda: 0.0)
    for event in (begun("jq"), noted("jq", "compiling"), ended("jq"), begun("rpm"), ended("rpm", Outcome.CACHED)):
        reporter.tell(event)
    assert len(lines) == 1
    assert lines[0].split() == ["done", "1.2", "s", "build", "jq", "(new)"]


def test_plain_lines_tell_notes_of_long_steps_now_and_then() -> None:
    lines: list[str] = []
    times = iter([0.0, 1.0, PAUSE + 1, PAUSE + 2])
    reporter = Plain(lines.append, verbose=False, clock=lambda: next(times))
    for event in (begun("jq"), noted("jq", "a"), noted("jq", "b"), noted("jq", "c")):
        reporter.tell(event)
    assert lines == ["build jq [1/2]: b"]


def test_verbose_lines_tell_all() -> None:
    lines: list[str] = []
    reporter = Plain(lines.append, verbose=True)
    for event in (begun("jq"), noted("jq", "a\x1b[2J\nb"), ended("jq", Outcome.CACHED)):
        reporter.tell(event)
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


def heard(name: str, **what: str) -> Event:
    return Event(verb="build", name=name, **what)


def test_logs_are_told_whole_to_who_wants_all_and_now_and_then_to_others() -> None:
    events = (begun("jq"), heard("jq", phase="%check"), heard("jq", line="test 1"), heard("jq", line="test 2"))
    for verbose, told in ((True, ["build jq (new)", "jq | test 1", "jq | test 2"]), (False, ["build jq: %check: test 2"])):
        lines: list[str] = []
        times = iter([0.0, 0.0, 1.0, PAUSE + 1])
        reporter = Plain(lines.append, verbose=verbose, clock=lambda times=times: next(times))
        for event in events:
            reporter.tell(event)
        assert lines == told


def test_small_steps_are_told_when_they_fail() -> None:
    lines: list[str] = []
    reporter = Plain(lines.append, verbose=False)
    for outcome in (Outcome.DONE, Outcome.FAILED):
        reporter.tell(Event(verb="solve", name="jq", minor=True, outcome=outcome, seconds=0.1))
    assert [line.split()[0] for line in lines] == ["failed"]


@pytest.mark.parametrize("verbose", [True, False])
def test_live_picture_shows_phase_and_last_line(*, verbose: bool) -> None:
    file = io.StringIO()
    reporter = Live(Console(file=file, force_terminal=True, width=80), verbose=verbose)
    for event in (begun("jq"), heard("jq", phase="%check"), heard("jq", line="[b]test 1"), noted("jq", "the end")):
        reporter.tell(event)
    assert "build jq [1/2]: %check: the end" in str(reporter.running["build", "jq"].text)
    reporter.tell(heard("jq", line="x" * 500))
    assert len(str(reporter.running["build", "jq"].text)) < 80, "one step is one line"
    reporter.tell(ended("jq"))
    assert ("jq | [b]test 1" in file.getvalue()) == verbose
    assert not reporter.phases
    reporter.tell(heard("jq", line="too late"))
    assert not reporter.picture, "a log that ends after its step revives nothing"


def test_live_picture_ends_with_the_last_step() -> None:
    file = io.StringIO()
    reporter = Live(Console(file=file, force_terminal=True, width=80), verbose=False)
    reporter.tell(begun("jq"))
    reporter.tell(begun("[red]rpm"))
    assert reporter.picture
    reporter.tell(ended("jq"))
    reporter.tell(ended("[red]rpm", Outcome.FAILED))
    assert not reporter.picture, "a terminal is given back whole"
    assert not reporter.running
    text = file.getvalue()
    assert "build jq" in text
    assert "[red]rpm" in text
