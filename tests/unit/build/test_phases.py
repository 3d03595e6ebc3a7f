"""A log while it is written: lines whole, phases known, nothing that a terminal obeys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.build.phases import Listener, phase_in
from headwater.build.plain import LONGEST, plain
from headwater.progress import Event, also_to, step

LOG = b"""Executing(%prep): /bin/sh -e /var/tmp/rpm-tmp.a
+ cd x

Executing(%build): /bin/sh -e /var/tmp/rpm-tmp.b
10%\r 50%\r\x1b[32m100%\x1b[0m
Executing(%license): no phase of its own
Processing files: x-1
Checking for unpackaged file(s): x
"""
TOLD = ["%prep", "+ cd x", "%build", "100%", "%files"]


class Ear:
    def __init__(self) -> None:
        self.heard: list[Event] = []

    def tell(self, event: Event) -> None:
        self.heard.append(event)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_phases_and_lines_are_told_whatever_the_pieces(size: int) -> None:
    ear = Ear()
    with also_to(ear), step("build", "x") as work:
        listener = Listener(work)
        for start in range(0, len(LOG), size):
            listener.hear(LOG[start : start + size])
    told = [event.phase or event.line for event in ear.heard if event.phase or event.line]
    assert [words for words in told if not words.startswith(("Exec", "Proc", "Check"))] == TOLD
    assert len(told) == 10


def test_a_line_without_end_is_told_before_it_fills_the_memory() -> None:
    ear = Ear()
    with also_to(ear), step("build", "x") as work:
        listener = Listener(work)
        for _ in range(100):
            listener.hear(b"x" * 10_000)
        assert len(listener.rest) < 100_000
    assert all(len(event.line) <= LONGEST for event in ear.heard)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (b"\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "alink"),
        (b"\x1b[2J\x1b[1;1Hgone\x1b[?25l", "gone"),
        (b"\x1bP$qm\x1b\\answer\x1bc", "answer"),
        (b"a\tb\x00\x08\xff\r\n", "a\tb" + 3 * "\N{REPLACEMENT CHARACTER}"),
        ("user\N{RIGHT-TO-LEFT OVERRIDE}txt".encode(), "user\N{REPLACEMENT CHARACTER}txt"),
        (b"\x1b[31", "31"),
    ],
)
def test_what_a_terminal_would_obey_is_gone(text: bytes, seen: str) -> None:
    assert plain(text) == seen


@given(st.binary())
def test_whatever_comes_is_one_printable_line(text: bytes) -> None:
    assert all(char.isprintable() or char == "\t" for char in plain(text))


def test_only_rpms_own_lines_begin_a_phase() -> None:
    assert phase_in("Executing(%check): /bin/sh") == "%check"
    assert not phase_in("echo Executing(%check): /bin/sh")
