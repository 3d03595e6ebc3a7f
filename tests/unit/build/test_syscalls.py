"""The system call filter, run as the kernel would run it."""

import struct

import pytest

from headwater.build.syscalls import FAMILIES, REFUSED, UNKNOWN, filter_program

X86_64, I386 = 0xC000003E, 0x40000003
ALLOW, EPERM, ENOSYS, EAFNOSUPPORT = 0x7FFF0000, 0x50001, 0x50026, 0x50061
CLONE, UNSHARE, SOCKET, OPENAT, GETPID = 56, 272, 41, 257, 39
LINES = [struct.unpack_from("<HBBI", filter_program(), at) for at in range(0, len(filter_program()), 8)]


def answer(number: int, first: int = 0, machine: int = X86_64) -> int:
    """What the filter says of a call: classic BPF, as far as the filter uses it."""
    data, held, at = struct.pack("<iIQ6Q", number, machine, 0, first, 0, 0, 0, 0, 0), 0, 0
    while True:
        operation, so, otherwise, value = LINES[at]
        match operation:
            case 0x20:
                (held,) = struct.unpack_from("<I", data, value)
                at += 1
            case 0x06:
                return value
            case 0x15 | 0x45 | 0x35:
                holds = {0x15: held == value, 0x45: bool(held & value), 0x35: held >= value}[operation]
                at += 1 + (so if holds else otherwise)
            case _:
                raise AssertionError(f"no such operation: {operation:#x}")


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_leads_out_is_refused(name: str) -> None:
    assert answer(REFUSED[name]) == EPERM


@pytest.mark.parametrize("name", sorted(UNKNOWN))
def test_what_programs_do_without_is_not_there(name: str) -> None:
    assert answer(UNKNOWN[name]) == ENOSYS


def test_builds_can_do_what_builds_do() -> None:
    for number in (0, 1, 2, 9, 57, 58, 59, 61, GETPID, OPENAT, 334, 439):  # read ... fork, vfork, execve ... rseq, faccessat2
        assert answer(number) == ALLOW
    assert answer(CLONE, 0x11) == ALLOW  # SIGCHLD
    assert answer(CLONE, 0x3D0F00) == ALLOW  # a thread
    assert answer(UNSHARE, 0x400) == ALLOW  # CLONE_FILES


@pytest.mark.parametrize("flag", [1 << 17, 1 << 25, 1 << 26, 1 << 27, 1 << 28, 1 << 29, 1 << 30])
def test_no_new_namespace(flag: int) -> None:
    assert answer(CLONE, flag | 0x11) == EPERM
    assert answer(UNSHARE, flag) == EPERM


def test_a_clock_of_its_own_is_a_namespace_too() -> None:
    assert answer(UNSHARE, 0x80) == EPERM


def test_sockets_are_those_that_a_network_namespace_holds() -> None:
    assert {family for family in range(64) if answer(SOCKET, family) == ALLOW} == set(FAMILIES.values())
    assert answer(SOCKET, 40) == EAFNOSUPPORT


def test_other_ways_to_number_calls_have_none() -> None:
    assert answer(GETPID, machine=I386) == ENOSYS
    assert answer(0x40000000 + GETPID) == ENOSYS
