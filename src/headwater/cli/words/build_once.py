"""Options of `hw build` that hold for one command: conditions, macros, no `%check`, a folder of packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from headwater.build import Once
from headwater.errors import Kind, fail


def once_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """A verb with these options; they come to it as `once`, without names yet."""

    @click.option("--with", "with_", multiple=True, metavar="NAME", help="Switch a condition of the spec on, this once.")
    @click.option("--without", multiple=True, metavar="NAME", help="Switch a condition of the spec off, this once.")
    @click.option("--define", multiple=True, metavar="NAME=VALUE", help="A macro for the spec, this once.")
    @click.option("--no-check", is_flag=True, help="Leave %check out, this once.")
    @click.option(
        "--local-repo",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        help="A folder of packages that go before all others in build roots, this once.",
    )
    @click.option("--local-unsigned", is_flag=True, help="Its packages need not be signed with the project's key.")
    @wraps(command)
    def outer(*given: Any, **more: Any) -> Any:
        once = Once(
            with_=more.pop("with_"),
            without=more.pop("without"),
            defines=dict(_macro(text) for text in more.pop("define")),
            no_check=more.pop("no_check"),
            local=more.pop("local_repo"),
            unsigned=more.pop("local_unsigned"),
        )
        return command(*given, once=once, **more)

    return outer


def _macro(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise fail(Kind.USAGE, f"`{text}` is no macro", why="expected NAME=VALUE", hint="--define dist=.test")
    return name.strip(), value


def insist_on_sense(once: Once, chosen: Sequence[str], *, lock: bool) -> None:
    """What changes specs is for the components that are named; all others are built as always. A lock is for good."""
    if lock and (once.changes_specs or once.local):
        why = "a lock says what is in build roots always, and these options hold for one build"
        raise fail(Kind.USAGE, "--lock goes with no option of one build", why=why, hint="hw build --lock")
    if once.changes_specs and not chosen:
        why = "--with, --without, --define and --no-check change the components that are named"
        raise fail(Kind.USAGE, "no component is named", why=why, hint="hw build jq --no-check")
    if once.unsigned and not once.local:
        raise fail(Kind.USAGE, "--local-unsigned is about the packages of a folder", hint="--local-repo DIR --local-unsigned")
