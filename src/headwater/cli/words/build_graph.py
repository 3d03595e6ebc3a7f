"""`hw build --graph`: who needs whom and in which line that is asked, as a table or a picture; cycles are told."""

from __future__ import annotations

from pathlib import Path

from headwater import build as builds
from headwater.cli.output import show_json, show_table
from headwater.cli.setting import Setting
from headwater.errors import Failure, Kind, fail
from headwater.whole import write_whole

SHOWN, PICTURES = Path("-"), (".dot", ".svg")  # no file: a table
COLUMNS = ("build", "needs", "for", "where")


def insist_on_picture(file: Path) -> None:
    """Raise a Failure(USAGE) where a file's name does not say which kind of picture it is to be."""
    if file != SHOWN and file.suffix not in PICTURES:
        why = "its name says what it is: .svg is a picture, .dot its source for Graphviz"
        raise fail(Kind.USAGE, f"`{file}` can be no graph", why=why, hint=f"hw build {file} --graph, or --graph builds.svg")


def graph(setting: Setting, line: builds.Line, chosen: tuple[str, ...], file: Path) -> None:
    """Draw what there is first, then raise what is wrong with it: cycles that nothing breaks, needs that nobody meets."""
    fresh, wrong = set[str](), None
    try:
        fresh = {step.component for step in builds.plan(line, only=chosen) if step.build}
    except Failure as failure:
        wrong = failure
    course = line.route.course
    names = builds.reachable(course, chosen)
    if file == SHOWN:
        _show(setting, line, names)
    else:
        text = builds.dot(course, names, fresh)
        write_whole(file, builds.svg(text, line.toolbox) if file.suffix == ".svg" else text.encode())
    if wrong:
        raise wrong


def _show(setting: Setting, line: builds.Line, names: tuple[str, ...]) -> None:
    found = [
        (build, need, edge, edge and line.route.place(edge)) for build, need, edge in builds.rows(line.route.course, names)
    ]
    if setting.style == "json":
        show_json(
            [
                {
                    "build": build,
                    "needs": need,
                    "dependency": edge.dependency if edge else "",
                    "package": edge.package if edge else "",
                    "through": edge.through if edge else "",
                    "where": str(where or ""),
                }
                for build, need, edge, where in found
            ]
        )
        return
    rows = [(build, need, edge and builds.asked_for(edge), str(where or "")) for build, need, edge, where in found]
    show_table(COLUMNS, [tuple(cell or "" for cell in row) for row in rows], setting.style)
