"""What a kernel lacks is told, by our script alone."""

import pytest

from headwater import progress
from headwater.build import weak
from headwater.build.weak import WEAK, tell_weakness, without_weakness


class Heard:
    def __init__(self) -> None:
        self.reasons: list[str] = []

    def tell(self, event: progress.Event) -> None:
        self.reasons += [event.reason] if event.outcome is None else []  # as it begins


@pytest.fixture
def heard() -> Heard:
    weak._say.cache_clear()
    found = Heard()
    with progress.also_to(found):
        yield found
    weak._say.cache_clear()


def test_it_is_told_once(heard: Heard) -> None:
    for _ in range(2):
        tell_weakness(f"{WEAK}no walls\nExecuting(%prep): x\n".encode())
    assert heard.reasons == ["no walls"]


def test_a_spec_can_not_say_it(heard: Heard) -> None:
    tell_weakness(f"Executing(%prep): x\n{WEAK}no walls\n".encode())
    assert heard.reasons == []


def test_it_is_plain(heard: Heard) -> None:
    tell_weakness(f"{WEAK}\x1b[2Jno walls\n".encode())
    assert heard.reasons == ["no walls"]


def test_a_log_without_it_is_the_programs_own() -> None:
    own = f"one\n{WEAK}two\n".encode()
    assert without_weakness(f"{WEAK}no walls\n".encode() + own) == own
    assert without_weakness(own) == own
    assert without_weakness(b"") == b""
    assert without_weakness(f"{WEAK}no walls".encode()) == b""
