"""Tables and problems for terminals, by rich; loaded only when a terminal is there to see them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from headwater.errors import Problem


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[Sequence[bool]]) -> None:
    """Cells that are clean already; `right` says which are numbers."""
    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for cells, numbers in zip(rows, right, strict=True):
        pairs = zip(cells, numbers, strict=True)
        table.add_row(*(Text(cell, justify="right" if number else "left") for cell, number in pairs))
    Console(highlight=False).print(table)


def print_problems(problems: Sequence[tuple[Problem, list[str]]], last: str) -> None:
    """Each problem with its lines, which are clean already; `last` stands below them all."""
    console = Console(file=sys.stderr, highlight=False)
    for problem, lines in problems:
        console.print(_colored(problem, lines), soft_wrap=True)
    if last:
        console.print(last, style="bold")


def _colored(problem: Problem, lines: list[str]) -> Text:
    text = Text.assemble(("error: ", "bold red"), (lines[0].removeprefix("error: "), "bold"), "\n")
    for line in lines[1:]:
        if problem.hint and line is lines[-2]:
            text.append("hint: ", "bold green").append(line.removeprefix("hint: ") + "\n")
        else:
            text.append(line + "\n", "cyan" if line.startswith(" -->") else "")
    return text
