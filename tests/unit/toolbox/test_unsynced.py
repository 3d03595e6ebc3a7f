"""The filter of system calls, read as the kernel reads it (linux/filter.h)."""

import struct

import pytest

from headwater.toolbox.unsynced import ALLOW, CALLS, IF_EQUAL, LOAD, MACHINE, NUMBER, RETURN, SUCCEED, program

X86, ARM = "x86_64", "aarch64"


def verdict(text, kind, number):
    lines, word, place = list(struct.iter_unpack("=HBBI", text)), 0, 0
    while True:
        code, yes, no, value = lines[place]
        place += 1
        match code:
            case _ if code == LOAD:
                word = {MACHINE: kind, NUMBER: number}[value]
            case _ if code == IF_EQUAL:
                place += yes if word == value else no
            case _ if code == RETURN:
                return value


@pytest.mark.parametrize("machine", [X86, ARM])
def test_what_waits_for_a_disk_succeeds_and_all_else_is_asked_of_the_kernel(machine):
    kind, numbers = CALLS[machine]
    answered = {number for number in range(500) if verdict(program(machine), kind, number) == SUCCEED}
    assert answered == set(numbers)
    assert {verdict(program(machine), kind, number) for number in set(range(500)) - answered} == {ALLOW}


def test_calls_of_another_machine_have_other_numbers():
    _, numbers = CALLS[X86]
    assert {verdict(program(X86), CALLS[ARM][0], number) for number in numbers} == {ALLOW}


def test_a_machine_whose_calls_are_unknown_has_no_filter():
    assert program("riscv64") == b""
