"""Options of `hw build` that look: one at a time, and some at what only this machine can show."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from headwater.cli.words.build_look import Look, look_options
from headwater.errors import Failure, Kind


@click.command()
@look_options
def verb(*, look: Look) -> None:
    click.echo(" ".join(look.options))


@pytest.mark.parametrize("words", [[], ["--shell"], ["--why"], ["--graph"], ["--graph", "a.svg"], ["--root-diff", "last"]])
def test_one_at_a_time(words):
    said = CliRunner().invoke(verb, words, catch_exceptions=False).output
    assert said.split() == words[:1]


@pytest.mark.parametrize("words", [["--shell", "--keep"], ["--why", "--root-diff", "last"], ["--root-check", "--graph"]])
def test_two_are_refused(words):
    with pytest.raises(Failure) as caught:
        CliRunner().invoke(verb, words, catch_exceptions=False)
    assert caught.value.problems[0].kind is Kind.USAGE


def test_folders_are_shown_by_this_machine():
    assert Look(keep=True).stays_here
    assert not Look(why=True).stays_here
    assert not Look(graph=Path("a.svg")).stays_here
