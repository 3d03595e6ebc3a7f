"""Looks into build roots: why a build is another one, what differs, what is odd, a shell, a folder that stays."""

from __future__ import annotations

from collections.abc import Sequence

import click
import msgspec

from headwater import build as builds
from headwater import command
from headwater.build import Sign, Verify
from headwater.cli.output import show_json, show_table, show_text, show_warning
from headwater.cli.setting import Setting
from headwater.cli.words.derive import pick
from headwater.errors import Kind, fail

COLUMNS = ("what", "name", "change", "before", "after", "of")
WIDE = 60  # letters of a cell
MANY = 40  # files of one part that a table names before it counts them


def one_of(chosen: Sequence[str], option: str) -> str:
    """The one component that an option is about."""
    if len(chosen) != 1:
        hint = f"hw build jq {option}"
        raise fail(Kind.USAGE, f"{option} takes one component", why=f"{len(chosen)} were named", hint=hint)
    return chosen[0]


def other_of(setting: Setting, name: str) -> str:
    """The other component of a comparison; `last` is the last build of the same one."""
    return name if name == "last" else pick(setting.project, (name,))[0].name


def why(setting: Setting, line: builds.Line, chosen: Sequence[str], *, force: bool) -> None:
    """What would be built and for which reason; of those named, everything in which the build differs from the last one."""
    steps = builds.explain(line, chosen, force=force)
    if setting.style == "json":
        show_json([_plain(step) for step in steps])
        return
    show_table(("component", "build", "reason"), [(one.component, one.build, one.reason) for one in steps], setting.style)
    for step in steps:
        if step.moves:
            show_text(f"\n{step.component}, since its last build:")
            _show_moves(setting, step.moves, step.unknown)


def _plain(step: builds.Explained) -> dict[str, object]:
    """As JSON has it: what differs only where something does."""
    data: dict[str, object] = msgspec.to_builtins(step)
    return {key: value for key, value in data.items() if value or key not in {"moves", "unknown"}}


def difference(setting: Setting, line: builds.Line, name: str, other: str, *, sign: Sign, verify: Verify) -> None:
    """Packages, then files, in which two build roots differ."""
    known = [name] if other == "last" else [name, other]
    builds.ready(line, known, sign=sign, verify=verify)
    moves, unknown = builds.root_difference(line, name, other)
    if setting.style == "json":
        show_json(moves)
    elif moves:
        _show_moves(setting, moves, unknown)
    else:
        show_text(f"the build roots of `{name}` and `{other}` are the same" if other != "last" else "nothing has changed")


def _show_moves(setting: Setting, moves: Sequence[builds.Move], unknown: Sequence[str]) -> None:
    shown = moves if setting.style != "table" or setting.verbose else _fewer(moves)
    show_table(COLUMNS, [tuple(_cut(setting, text) for text in _row(one)) for one in shown], setting.style)
    if unknown:
        why = f"the store does not hold any more what was in {', '.join(unknown)}"
        show_warning("not all files could be compared", why=why)


def _row(move: builds.Move) -> tuple[str, ...]:
    return move.what, move.name, move.change, move.before, move.after, move.of


def _cut(setting: Setting, text: str) -> str:
    return text if setting.style != "table" or len(text) <= WIDE else f"{text[: WIDE - 1]}…"


def _fewer(moves: Sequence[builds.Move]) -> list[builds.Move]:
    """Of parts with many files that differ only how many: a package that came has all of its files."""
    count: dict[str, int] = {}
    for move in moves:
        count[move.of] = count.get(move.of, 0) + (move.what == "file")
    told = [move for move in moves if move.what != "file" or count[move.of] <= MANY]
    rest = [
        builds.Move(what="files", name=f"{number} of them", change="-v names them", of=of)
        for of, number in sorted(count.items())
        if number > MANY
    ]
    return [*told, *rest]


def oddities(setting: Setting, line: builds.Line, chosen: Sequence[str], *, sign: Sign, verify: Verify) -> None:
    """What is odd in the build roots of components; it stops no build."""
    names = list(chosen) or list(line.order())
    builds.ready(line, names, sign=sign, verify=verify)
    rows = [(name, one.what, one.of, one.name, one.why) for name in names for one in builds.odd(line, name)]
    if rows or setting.style != "table":
        show_table(("root", "what", "of", "name", "why"), rows, setting.style)
    else:
        show_text(f"nothing is odd in {len(names)} build roots")


def shell(line: builds.Line, name: str, *, sign: Sign, verify: Verify) -> None:
    with builds.shell(line, name, sign=sign, verify=verify) as words:
        raise click.exceptions.Exit(command.interact(words))


def keep(setting: Setting, line: builds.Line, name: str, *, sign: Sign, verify: Verify) -> None:
    """Build in a folder that stays, and say where it is."""
    kept = builds.keep(line, name, sign=sign, verify=verify)
    rows = [("root", str(kept.root)), ("log", str(kept.log)), ("exit code", str(kept.code))]
    show_table(("what", "value"), rows, setting.style)
    if kept.code:
        said = command.tail(kept.log.read_bytes())
        raise fail(Kind.BUILD, f"`{name}` does not build", why=said, hint=f"ls {kept.root}/build/BUILD")
