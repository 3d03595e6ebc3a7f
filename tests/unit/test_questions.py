"""Images are asked by one process at a time, and once for all that ask the same."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from tests.unit.small import small_world

from headwater import questions
from headwater.config.images import Check
from headwater.report import CheckResult
from headwater.request import Request
from headwater.toolbox import Toolbox

__all__ = ["small_world"]

BOX = Toolbox(root=Path("/none"), key="9" * 64, moved=())


@pytest.fixture
def asked(small_world, monkeypatch):
    """A small world whose image has a check; `asked.at_once` is how many asked it at the same time, at most."""
    world = small_world
    check = Check(name="says", command="true", reason="it speaks")
    rule = msgspec.structs.replace(world.project.images["base"], checks=(check,))
    project = msgspec.structs.replace(world.project, images={"base": rule})
    return Asked(Request(project=project, store=world.store), world, monkeypatch)


class Asked:
    def __init__(self, request, world, monkeypatch):
        self.request, self.world = request, world
        self.count = self.now = self.at_once = 0
        self.kept = True
        self._lock = threading.Lock()
        monkeypatch.setattr("headwater.image.verbs.check_image", self._check)

    def _check(self, _, rule, **__):
        with self._lock:
            self.count, self.now = self.count + 1, self.now + 1
            self.at_once = max(self.at_once, self.now)
        time.sleep(0.2)
        with self._lock:
            self.now -= 1
        return (
            CheckResult(
                name=rule.checks[0].name,
                family="use",
                reason="it speaks",
                expected="exit code 0",
                passed=self.kept,
                command="true",
                code=0,
                output="",
                seconds=0.2,
            ),
        )

    def question(self):
        return questions.question(self.request, BOX, self.world.images, self.world.repository)

    def ask(self):
        return questions.ask(self.request, BOX, self.world.images["base"])


def twice(work):
    with ThreadPoolExecutor(2) as pool:
        return [one.result() for one in [pool.submit(work), pool.submit(work)]]


def test_two_that_ask_the_same_have_one_answer(asked):
    first, second = twice(asked.question)
    assert first == second
    assert asked.count == 1


def test_who_asks_anew_waits_for_the_other(asked):
    twice(asked.ask)
    assert (asked.count, asked.at_once) == (2, 1)


def test_a_promise_that_is_not_kept_is_asked_for_again(asked):
    asked.kept = False
    for _ in range(2):
        with pytest.raises(questions.Failure):
            asked.question()
    assert asked.count == 2
