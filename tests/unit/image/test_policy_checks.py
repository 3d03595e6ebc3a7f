"""What a machine's answers mean: the kernel's tables of sockets, systemd's list of services, what was denied."""

import os
import socket
import subprocess

import pytest

from headwater.config.images import ImageKind, ImageRule
from headwater.config.policy import Allowed, Demand, Level, Policy
from headwater.errors import Kind, fail
from headwater.image.findings import Finding
from headwater.image.policy_checks import DENIALS, SOCKETS, denials, exposed, file_answers, machine_answers, ports

SAID = """tcp local_address st inode
tcp 00000000:0016 0A 812
tcp 3600007F:0035 0A 700
tcp 0F02000A:0016 01 950
tcp6 00000000000000000000000000000000:0016 0A 813
tcp6 00000000000000000000000001000000:0277 0A 400
udp 00000000:14EB 07 701
udp6 0000000000000000FFFF00000100007F:0035 07 702
/proc/1/fd:
lrwx------ 1 root root 64 Jan  1 00:00 5 -> socket:[812]
/proc/77/fd:
lrwx------ 1 root root 64 Jan  1 00:00 9 -> 'socket:[701]'
/proc/1/comm:systemd
/proc/77/comm:systemd-resolve
"""
SERVICES = "a.service loaded active running A\nb.service loaded active running B\n● c@1.service loaded active\n-x.service y\n"


def measure(services):
    known = {"a.service": 21, "b.service": 96}
    return {name: known[name] for name in services if name in known}


def test_only_what_listens_to_others_is_an_open_port():
    assert [(one.name, one.detail) for one in ports(SAID)] == [
        ("tcp/22", "is open on 0.0.0.0 for systemd"),
        ("udp/5355", "is open on 0.0.0.0 for systemd-resolve"),
    ]


def test_services_above_the_threshold_and_unknown_ones_are_found():
    assert [one.name for one in exposed(SERVICES, 50, measure)] == ["b.service"]
    assert [one.name for one in exposed(SERVICES, 96, measure)] == []
    assert [one.name for one in exposed("d.service loaded", 96, measure)] == ["d.service"]


def test_the_same_denial_is_told_once():
    line = 'audit: type=1400 audit({}): avc:  denied  {{ read }} for  pid={} comm="x" ino={}'
    assert len(list(denials("\n".join([line.format("1.2:3", 4, 5), line.format("1.3:9", 8, 7), ""])))) == 1


def test_a_machine_is_asked_for_each_and_told_what_is_not_wanted():
    rule = ImageRule(
        name="vm",
        kind=ImageKind.DISK,
        policy=Policy(allow=(Allowed(demand=Demand.PORTS, names=("tcp/22",), reason="administrators come in by it"),)),
    )
    project = Policy(ports=Level.ERROR, exposure=Level.ERROR, exposure_threshold=50)

    def run(words):
        return 0, SERVICES if words.startswith("systemctl") else "" if words == DENIALS else SAID

    open_, services, denied = machine_answers(rule, project, run, measure)
    assert (open_.name, open_.family, open_.passed) == ("ports", "policy", False)
    assert "allowed: tcp/22" in open_.output
    assert "administrators come in by it" in open_.output
    assert "not wanted: udp/5355" in open_.output
    assert not services.passed
    assert denied.passed


def test_a_roots_files_answer_too():
    found = [Finding(demand=Demand.SECRETS, name="/etc/x", detail="holds a private key")]
    answers = {one.name: one for one in file_answers(ImageRule(name="a"), Policy(), found)}
    assert not answers.pop("secrets").passed
    assert all(one.passed for one in answers.values())


def test_a_guest_that_is_gone_keeps_nothing_and_hides_no_answer():
    def run(_words):
        raise fail(Kind.IMAGE, "the guest is lost", why="panic")

    answers = list(machine_answers(ImageRule(name="vm"), Policy(), run, measure))
    assert [one.passed for one in answers] == [False] * 3
    assert all("panic" in one.output for one in answers)


@pytest.mark.parametrize(
    "line", ["audit: avc:  denied  { read }", 'apparmor="DENIED" operation="open"', "type=1400 it was denied"]
)
def test_the_shell_picks_denials_out_of_the_journal(line, tmp_path):
    said = f"usb 1-1: new device\n{line}\nno denial here\n"
    (tmp_path / "journalctl").write_text(f"#!/bin/sh\ncat <<'END'\n{said}END\n")
    (tmp_path / "journalctl").chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert subprocess.run(["sh", "-c", DENIALS], env=env, capture_output=True, text=True, check=True).stdout == f"{line}\n"


def test_the_shell_lists_sockets_with_their_processes():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        text = subprocess.run(["sh", "-c", SOCKETS], capture_output=True, text=True, check=True).stdout
        inode = os.fstat(listener.fileno()).st_ino
        assert f"{listener.getsockname()[1]:04X} 0A {inode}" in text
        assert f"/proc/{os.getpid()}/fd:" in text
