"""Releases and changelogs counted by the real rpmautospec, and histories that attack whoever counts them."""

from importlib.metadata import distribution
from pathlib import Path

import pytest

from headwater.render.history import Entry
from headwater.render.synthetic import Synthetic
from headwater.rpm import Counted, History, count
from headwater.store import Store
from headwater.toolbox import Toolbox
from headwater.upstream.model import LooseFile

pytestmark = pytest.mark.toolbox
SPEC = """Name: tool
Version: 1.1
Release: %autorelease
Summary: A tool
License: MIT
{more}
%description
x
%files
%changelog
%autochangelog
"""


def entry(number: int, message: str) -> Entry:
    moment = 1767225600 + number * 86400
    return Entry(commit=str(number) * 40, author="Ada", email="ada@example.org", moment=moment, message=message, upstream="")


def history(more: str = "", *messages: str, name: str = "tool") -> History:
    files = {"tool.spec": LooseFile(content=SPEC.format(more=more).encode())}
    made = Synthetic(files, [entry(number, message) for number, message in enumerate(messages)], None)
    return History(component=name, spec="tool.spec", head=made.head, pack=made.pack)


def never(objects: Path) -> None:
    raise AssertionError(f"nothing is to be packed for {objects}")


@pytest.fixture
def fresh(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_commits_are_counted_and_become_a_changelog(toolbox: Toolbox, fresh: Store) -> None:
    (answer,) = count([history("", "Import", "Fix it", "Fix more")], toolbox, fresh)
    text = answer.spec.decode()
    assert "release_number = 3;" in text
    assert "* Sat Jan 03 2026 Ada <ada@example.org> - 1.1-3\n- Fix more\n" in text
    assert text.count("\n* ") == 3


def test_what_was_counted_is_kept(toolbox: Toolbox, fresh: Store) -> None:
    first = history("", "Import")
    made = count([first], toolbox, fresh)
    gone = History(component="tool", spec="tool.spec", head=first.head, pack=never)
    assert count([gone], toolbox, fresh) == made


def test_many_are_answered_in_order_and_a_bad_one_alone_fails(toolbox: Toolbox, fresh: Store) -> None:
    asked = [history("", *["One"] * (number + 1), name=str(number)) for number in range(3)]
    asked.insert(1, history("%{lua: error('no') }", "Import", name="bad"))
    answers = count(asked, toolbox, fresh, jobs=2)
    assert [bool(answer.error) for answer in answers] == [False, True, False, False]
    numbers = [f"release_number = {number};" for number in (1, 2, 3)]
    good: list[Counted] = [answer for answer in answers if not answer.error]
    assert all(number in answer.spec.decode() for number, answer in zip(numbers, good, strict=True))


@pytest.mark.parametrize(
    "attack",
    [
        "%(mount -t tmpfs x /usr && touch /usr/left)",
        "%(echo x > /run/headwater/site/rpmautospec/left)",
        "%{lua: io.open('/run/headwater/site/rpmautospec/left', 'w')}",
    ],
)
def test_a_hostile_history_leaves_nothing(attack: str, toolbox: Toolbox, fresh: Store) -> None:
    count([history(f"%global x {attack}\n%{{x}}", "Import")], toolbox, fresh)
    assert not Path(str(distribution("rpmautospec").locate_file("rpmautospec/left"))).exists()
    assert not list((toolbox.root / "usr").glob("left"))
