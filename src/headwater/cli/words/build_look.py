"""Options of `hw build` that look instead of building: a shell, a folder that stays, why, a graph, what is in roots."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
import msgspec

from headwater.build import Line, Sign, Verify
from headwater.cli.setting import Setting
from headwater.cli.words import build_graph
from headwater.cli.words import build_root as roots
from headwater.errors import Kind, fail


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at; at most one of them."""

    shell: bool = False
    keep: bool = False
    why: bool = False
    graph: Path | None = None
    root_diff: str = ""
    root_check: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """Those that were given, as they are typed."""
        return tuple(f"--{field.replace('_', '-')}" for field in self.__struct_fields__ if getattr(self, field))

    @property
    def stays_here(self) -> bool:
        """Whether it needs a root that is a folder, which only this machine can show."""
        return bool(self.shell or self.keep or self.root_diff or self.root_check)


def look_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """A verb with these options; they come to it as `look`. Errors: Failure(USAGE) for two of them."""

    @click.option("--shell", is_flag=True, help="Open a shell in the build root of the one component named.")
    @click.option("--keep", is_flag=True, help="Build the one component named in a folder that stays, and say where.")
    @click.option("--why", is_flag=True, help="Build nothing; say what would be built, why, and what differs for those named.")
    @click.option(
        "--graph",
        type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
        is_flag=False,
        flag_value="-",
        metavar="[FILE]",
        help="Build nothing; who needs whom, by which line: a table, or a picture in FILE.svg or FILE.dot.",
    )
    @click.option(
        "--root-diff",
        metavar="OTHER",
        default="",
        help="How the build root of the one named differs from OTHER's, or the `last`.",
    )
    @click.option("--root-check", is_flag=True, help="What is odd in build roots: owners, links, two that give the same.")
    @wraps(command)
    def outer(*given: Any, **more: Any) -> Any:
        look = Look(**{field: more.pop(field) for field in Look.__struct_fields__})
        _insist_on_one(look)
        return command(*given, look=look, **more)

    return outer


def _insist_on_one(look: Look) -> None:
    if len(look.options) > 1:
        what = f"{' and '.join(look.options)} do not go together"
        raise fail(Kind.USAGE, what, why="each looks at something else, and builds nothing", hint=f"hw build {look.options[0]}")
    if look.graph:
        build_graph.insist_on_picture(look.graph)


def look_at(
    look: Look, setting: Setting, line: Line, chosen: tuple[str, ...], *, sign: Sign, verify: Verify, force: bool
) -> None:
    """Show what was asked for; without an option, why each is built."""
    if look.shell:
        roots.shell(line, roots.one_of(chosen, "--shell"), sign=sign, verify=verify)
    elif look.keep:
        roots.keep(setting, line, roots.one_of(chosen, "--keep"), sign=sign, verify=verify)
    elif look.graph:
        build_graph.graph(setting, line, chosen, look.graph)
    elif look.root_diff:
        name, other = roots.one_of(chosen, "--root-diff OTHER"), roots.other_of(setting, look.root_diff)
        roots.difference(setting, line, name, other, sign=sign, verify=verify)
    elif look.root_check:
        roots.oddities(setting, line, chosen, sign=sign, verify=verify)
    else:
        roots.why(setting, line, chosen, force=force)
