"""Global options may stand anywhere: people and azldev's scripts write them behind the verb."""

from __future__ import annotations

from collections.abc import Sequence

PASSING = frozenset({"toolbox"})  # verbs that hand words to other programs
ALONE = frozenset(
    "-q --quiet -v --verbose -n --dry-run -y --accept-all --no-default-config --permissive-config --json --offline".split()  # noqa: SIM905 words
)
_VALUED = "-O --output-format -C --project --config-file --network-retries --color --store --jobs --engine --cache"
WITH_VALUE = frozenset(_VALUED.split())
END = "--"  # what stands behind it belongs to another program


def hoist(words: Sequence[str]) -> list[str]:
    """The words with global options first; unchanged where the verb hands words to another program."""
    front, rest = _split(words)
    verb = next((word for word in rest if not word.startswith("-")), "")
    return list(words) if verb in PASSING else [*front, *rest]


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    front: list[str] = []
    rest: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        if word == END:
            return front, rest + list(words[index:])
        taken = 2 if word in WITH_VALUE else 1
        is_global = word in ALONE or word in WITH_VALUE or word.partition("=")[0] in WITH_VALUE
        (front if is_global else rest).extend(words[index : index + taken])
        index += taken
    return front, rest
