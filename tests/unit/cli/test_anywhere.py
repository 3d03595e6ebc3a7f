"""Global options may stand anywhere, but among words for another program."""

import pytest

from headwater.cli.anywhere import hoist


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("component list -a -q -O json", "-q -O json component list -a"),
        ("component list --project=x -a", "--project=x component list -a"),
        ("-C x package list -p -q", "-C x -q package list -p"),
        ("repo query -n --version 4 -- list -q -O x", "-n repo query --version 4 -- list -q -O x"),
        ("toolbox shell ls -q", "toolbox shell ls -q"),
        ("build jq -n -q", "-n -q build jq"),
        ("build jq --shell -- ls -q", "build jq --shell -- ls -q"),
        ("", ""),
    ],
)
def test_options_come_first(words: str, expected: str) -> None:
    assert hoist(words.split()) == expected.split()
