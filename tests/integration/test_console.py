"""`hw image boot` at a terminal, as a person has it: said how to log in, the guest's line, QEMU's keys."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.terminal import MONITOR, Terminal

from headwater.digest import digest_file
from headwater.image.serial import Console
from headwater.toolbox import sandbox

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror, pytest.mark.guest, pytest.mark.usefixtures("world")]
DISTRO = Path(__file__).parents[2] / "distro"
DISK = DISTRO / "out" / "images" / "vm" / "vm.raw"
PATIENCE = 300.0


@pytest.fixture
def terminal(store, toolbox, tmp_path) -> Iterator[Terminal]:
    bind = sandbox.Bind(source=tmp_path, target="/tmp/work", writable=True)
    sandbox.run(toolbox, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/tmp/work/id"], binds=[bind])
    words = [sys.executable, "-m", "headwater", "--store", store.root, "-C", DISTRO, "image", "boot", "vm"]
    made = Terminal([*words, "--ssh-key", tmp_path / "id.pub"], tmp_path / "log")
    yield made
    made.close()


def test_qemus_keys_are_a_persons(terminal, tmp_path):
    """It is left while the firmware still looks for a kernel; test_vm logs in at such a terminal."""
    before = digest_file(DISK)
    console = Console(terminal, tmp_path / "log")
    socket = Path(console.expect(r"ssh -o ProxyCommand='nc -U (\S+)' USER@guest\n", PATIENCE)[1])
    console.expect("BdsDxe: ", PATIENCE)
    assert socket.is_socket()
    assert not terminal.is_as_it_was(), "each key is the guest's"
    terminal.type(MONITOR + b"info block\n")
    console.expect(r"(?s)\ndisk1 .*?/tmp/disk1 ", PATIENCE)  # the seed that was made of the key
    assert terminal.leave(PATIENCE) == 0
    assert terminal.is_as_it_was()
    assert not socket.parent.exists()
    assert digest_file(DISK) == before
