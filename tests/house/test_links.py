"""Pages keep what they promise: every link leads somewhere, and every `hw ...` that they show is one that the program knows."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from headwater.cli.anywhere import hoist
from headwater.cli.main import hw

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "distro").glob("*.md")])
LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^()\s]+)\)")
FENCE = re.compile(r"^ *```(\w*)$")
SHELL = frozenset({"", "sh", "console"})  # what a block of commands and their output is marked with
ENDS = frozenset({"|", "||", "&&", ";", ">", ">>", "<", "&"})  # of one command


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def lines(page: Path) -> tuple[tuple[int, str, str | None], ...]:
    """Number, text, and in a block what it is marked with; the fences themselves are left out."""
    found, mark = [], None
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        if fence := FENCE.match(line):
            mark = fence[1] if mark is None else None
        else:
            found.append((number, line, mark))
    return tuple(found)


def prose(page: Path) -> str:
    return "\n".join(line for _, line, mark in lines(page) if mark is None)


def anchors(page: Path) -> set[str]:
    """What GitHub calls the headings of a page."""
    headings = re.findall(r"(?m)^#+ (.+)$", prose(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> Iterator[tuple[Path, str]]:
    for target in LINK.findall(re.sub(r"`[^`\n]*`", "", prose(page))):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield ((page.parent / path).resolve() if path else page), anchor


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in links(page):
        assert target.exists(), f"{name_of(page)} links to {target}, which is not there"
        if anchor:
            assert anchor in anchors(target), f"{name_of(page)} links to #{anchor} of {name_of(target)}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting += [target for target, _ in links(page)]
    assert sorted(map(name_of, {*PAGES} - reached)) == []


def commands(page: Path) -> Iterator[tuple[int, list[str]]]:
    """Each `hw` of a page as words: lines of blocks, with or without a prompt, and code within prose."""
    for number, line, mark in lines(page):
        texts = re.findall(r"`(hw [^`]*)`", line) if mark is None else [line] if mark in SHELL else []
        for text in texts:
            words = split(text.strip().removeprefix("$ "))
            if words[:1] == ["hw"]:
                yield number, words[1:]


def split(text: str) -> list[str]:
    """The words of the first command of a line; none where it is no line of a shell."""
    try:
        reader = shlex.shlex(text, posix=True, punctuation_chars=True)
        reader.whitespace_split = True
        words = list(reader)
    except ValueError:
        return []
    end = next((index for index, word in enumerate(words) if word in ENDS), len(words))
    return words[:end]


def fault(words: list[str]) -> str:
    """What the program would not know of these words; empty where it knows all. Words in capitals stand for others."""
    command: click.Command = hw
    context = click.Context(hw)
    waiting = hoist(words)
    while waiting:
        word, *waiting = waiting
        if word == "--" or word.isupper():
            return ""
        if word.startswith("-"):
            name, _, value = word.partition("=")
            known = {one: option for option in command.params for one in (*option.opts, *option.secondary_opts)}
            if name not in known and name not in {"-h", "--help"}:
                return f"`{context.command_path}` has no `{name}`"
            if name in known and not value and not getattr(known[name], "is_flag", False):
                waiting = waiting[1:]
        elif isinstance(command, click.Group):
            inner = command.get_command(context, word)
            if inner is None:
                return f"`{context.command_path}` has no `{word}`"
            command, context = inner, click.Context(inner, info_name=word, parent=context)
    return ""


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_are_known(page: Path) -> None:
    found = [f"{name_of(page)}:{number}: {why}" for number, words in commands(page) if (why := fault(words))]
    assert found == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hw -C distro why base:/usr/bin/jq", ""),
        ("hw changed --from HEAD~1 | head", ""),
        ("hw component list -a -O json", ""),
        ("hw repo query --version 4.0 -- repoquery --whatrequires bash", ""),
        ("hw overlay lnt", "no `lnt`"),
        ("hw render --chek", "no `--chek`"),
    ],
)
def test_a_wrong_command_would_be_found(text: str, why: str) -> None:
    said = fault(split(text)[1:])
    assert why in said if why else said == ""
