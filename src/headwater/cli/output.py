"""The only place that prints: answers to standard output, problems and progress to standard error.

What is shown may come from hostile files, so control characters never reach the terminal.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from headwater.cli.reporters import Lines, Plain
from headwater.digest import canonical_json
from headwater.errors import Failure, Problem
from headwater.progress import Reporter, Silent

Row = Sequence[Any]  # strings, numbers, booleans, None, or lists of them


def make_reporter(style: str, *, verbose: bool = False) -> Reporter:
    """A listener for progress: `live` for terminals, `plain`, `json` lines, `quiet`, or `auto`, which looks at stderr."""
    if style == "auto":
        style = "live" if sys.stderr.isatty() else "plain"
    match style:
        case "live":
            from rich.console import Console  # noqa: PLC0415 rich takes longer to load than many a verb to answer

            from headwater.cli.live import Live  # noqa: PLC0415 as above

            return Live(Console(stderr=True), verbose=verbose)
        case "plain":
            return Plain(_complain, verbose=verbose)
        case "json":
            return Lines(_complain, verbose=verbose)
        case _:
            assert style == "quiet", f"no reporter is called {style}"
            return Silent()


def show_problems(failure: Failure, *, as_json: bool = False) -> None:
    """Every problem of a failure on standard error: as people read it, or as one JSON line."""
    if as_json:
        _complain(canonical_json({"problems": [_as_data(problem) for problem in failure.problems]}).decode())
        return
    found = [(problem, _lines_of(problem)) for problem in failure.problems]
    last = f"{len(found)} problems" if len(found) > 1 else ""
    if sys.stderr.isatty():
        from headwater.cli.pretty import print_problems  # noqa: PLC0415 as in make_reporter

        print_problems(found, last)
        return
    for _, lines in found:
        _complain("\n".join(lines))
    if last:
        _complain(last)


def show_table(columns: Sequence[str], rows: Iterable[Row], format: str = "table") -> None:  # noqa: A002 the option's word
    """Rows on standard output as `json` (a list of objects), `csv`, `markdown` or `table`."""
    rows = [tuple(row) for row in rows]
    match format:
        case "json":
            show_json([dict(zip(columns, row, strict=True)) for row in rows])
        case "csv":
            show_text(_csv(columns, rows))
        case "markdown":
            show_text(_markdown(columns, rows))
        case _ if sys.stdout.isatty():
            from headwater.cli.pretty import print_table  # noqa: PLC0415 as in make_reporter

            numbers = [[type(value) in {int, float} for value in row] for row in rows]
            print_table(columns, [[_cell(value) for value in row] for row in rows], numbers)
        case _:
            show_text(_aligned(columns, rows))


def show_rows(rows: Sequence[dict[str, Any]], columns: Sequence[str], format: str = "table") -> None:  # noqa: A002 as above
    """Objects on standard output: whole as `json`, else the values of the columns that people want to see."""
    if format == "json":
        show_json(rows)
    else:
        show_table(columns, [[_short(row.get(column)) for column in columns] for row in rows], format)


def show_warning(what: str, *, why: str = "", hint: str = "") -> None:
    """Something that is not wrong and perhaps not meant, on standard error."""
    lines = [f"warning: {clean(what)}", *(f"     {line}" for line in clean(why).splitlines())]
    _complain("\n".join([*lines, f"hint: {clean(hint)}"] if hint else lines))


def show_warnings(problems: Iterable[Problem]) -> None:
    """Problems that the user said to forgive, on standard error."""
    for problem in problems:
        _complain("\n".join(_lines_of(problem, "warning")))


def show_json(value: Any) -> None:
    """A value (structs too) as indented JSON on standard output."""
    text = msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2)
    sys.stdout.flush()
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()


def show_text(text: str) -> None:
    """Text on standard output, ending in one newline."""
    print(clean(text).rstrip("\n"))  # noqa: T201 as above


def clean(text: str) -> str:
    """Text without control characters but newline and tab."""
    return "\n".join(line if line.isprintable() else _clean_line(line) for line in text.split("\n"))


def _clean_line(text: str) -> str:
    return "".join(char if char.isprintable() or char == "\t" else "\N{REPLACEMENT CHARACTER}" for char in text)


def _complain(line: str) -> None:
    """A line and its end go out together: other threads tell theirs meanwhile."""
    print(f"{clean(line)}\n", end="", file=sys.stderr, flush=True)  # noqa: T201 as above


def _as_data(problem: Problem) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(problem)
    words = {field: _utf8(data[field]) for field in ("what", "why", "hint")}
    return data | words | {"kind": problem.kind.name.lower(), "code": problem.kind.value}


def _utf8(text: str) -> str:
    """Text that JSON can hold: names in hostile files are not always UTF-8."""
    return text.encode(errors="backslashreplace").decode()


def _lines_of(problem: Problem, word: str = "error") -> list[str]:
    """A problem as people read it: what, where, why, hint, and an empty line."""
    lines = [f"{word}: {clean(problem.what)}"]
    if problem.where:
        lines.append(f" --> {clean(str(problem.where))}")
    lines += [f"     {line}" for line in clean(problem.why).splitlines()]
    if problem.hint:
        lines.append(f"hint: {clean(problem.hint)}")
    return [*lines, ""]


def _short(value: Any) -> Any:
    """A table inside a cell, in few words."""
    return " ".join(str(one) for one in value.values() if isinstance(one, str)) if isinstance(value, dict) else value


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_cell(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else clean(str(value))


def _csv(columns: Sequence[str], rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _markdown(columns: Sequence[str], rows: Iterable[Row]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    cells = [[_cell(value).replace("|", r"\|").replace("\n", "<br>") for value in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _aligned(columns: Sequence[str], rows: Iterable[Row]) -> str:
    lines = [[_cell(value).replace("\n", " ") for value in line] for line in (columns, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
