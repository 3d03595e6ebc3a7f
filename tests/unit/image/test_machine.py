"""QEMU's words: what is written, what only read, and what a machine has beside its disk."""

from pathlib import Path

import pytest

from headwater.errors import Failure, Kind
from headwater.image.machine import KVM, TCG, Machine, command_of, qemu
from headwater.store import Store
from headwater.toolbox import Toolbox

PARTS = ("qemu-system-x86", "ovmf", "swtpm")


def words(**parts):
    return " ".join(qemu(Machine(disk=Path("disk"), **parts), TCG))


@pytest.mark.parametrize(("keep", "snapshot"), [(True, "off"), (False, "on")])
def test_a_disk_is_written_only_if_it_is_kept(keep, snapshot):
    assert f"format=raw,snapshot={snapshot},file=/tmp/disk0" in words(keep=keep)


def test_further_drives_are_never_written():
    said = words(keep=True, drives=(Path("seed"), Path("medium")))
    assert [part for part in said.split() if "snapshot=on" in part] == [
        "if=none,id=disk1,format=raw,snapshot=on,file=/tmp/disk1",
        "if=none,id=disk2,format=raw,snapshot=on,file=/tmp/disk2",
    ]


def test_ports_of_the_guest_are_sockets_of_the_host():
    assert "hostfwd=unix:/tmp/sockets/22-:22,hostfwd=unix:/tmp/sockets/80-:80" in words(ports=(22, 80))


def test_a_secure_machine_has_firmware_whose_variables_only_it_can_write():
    said = words(secure=True)
    assert "OVMF_CODE_4M.secboot.fd" in said
    assert "driver=cfi.pflash01,property=secure,value=on" in said
    assert "smm=on" in said


def test_a_plain_machine_has_neither_tpm_nor_forwarded_ports():
    said = words()
    assert "tpm" not in said
    assert "hostfwd" not in said
    assert "secure" not in said


def test_a_toolbox_without_the_parts_of_a_machine_is_told_with_their_packages(tmp_path):
    machine, toolbox = Machine(disk=Path("disk"), tpm=Path("tpm")), Toolbox(root=tmp_path, key="k")
    with pytest.raises(Failure) as failure, command_of(machine, toolbox, Store(tmp_path / "store"), accelerator=TCG):
        pass
    assert failure.value.kind is Kind.TOOL
    assert [package in problem.hint for problem, package in zip(failure.value.problems, PARTS, strict=True)] == [True] * 3


def test_a_screen_is_there_where_it_can_be_looked_at():
    assert "-device VGA" in words(control=Path("control"))
    assert "VGA" not in words()


def test_a_restart_ends_it_unless_it_may():
    assert "-no-reboot" in words()
    assert "-no-reboot" not in words(reboots=True)


def test_the_hosts_processor_is_for_kvm():
    assert "-cpu host" in " ".join(qemu(Machine(disk=Path("disk")), KVM))
    assert "-cpu max" in words()


def test_a_disc_is_only_read():
    assert "media=cdrom,readonly=on,file=/tmp/cdrom" in words(cdrom=Path("disc"))
    assert "cdrom" not in words()


def test_words_for_the_kernel_are_told_by_the_firmware_and_a_comma_is_no_end():
    assert "value=io.systemd.stub.kernel-cmdline-extra=install.disk=largest console=ttyS0,,9600" in words(
        command_line=("install.disk=largest", "console=ttyS0,9600")
    )
