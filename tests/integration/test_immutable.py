"""The immutable disk of the finished world: its hash, asked for by the field's own tools, before any machine is started."""

import subprocess
from pathlib import Path

import msgspec
import pytest

from headwater.image.machine import Machine
from headwater.image.verbs import start
from headwater.image.verity import Verity, verity_of
from headwater.toolbox import sandbox

pytestmark = [pytest.mark.world, pytest.mark.usefixtures("world")]
MADE = Path(__file__).parents[2] / "distro" / "out" / "images" / "immutable"


@pytest.fixture
def verity() -> Verity:
    """As the kernel's command line, which is in the kernel image, names it."""
    return verity_of(MADE / "immutable.efi")


def verified(toolbox, root: Path, verity: Verity) -> bool:
    binds = [sandbox.Bind(source=root, target="/tmp/root"), sandbox.Bind(source=MADE / "immutable.verity", target="/tmp/tree")]
    words = ["veritysetup", "verify", "/tmp/root", "/tmp/tree", verity.hash]
    return sandbox.run(toolbox, words, binds=binds, accept=range(256)).code == 0


def test_every_block_is_under_the_hash_of_the_command_line(toolbox, verity, tmp_path):
    assert verified(toolbox, MADE / "immutable.erofs", verity)
    content = bytearray((MADE / "immutable.erofs").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "root").write_bytes(content)
    assert not verified(toolbox, tmp_path / "root", verity)


@pytest.fixture
def disk(tmp_path) -> Path:
    """A copy of the world's disk, to do harm to."""
    place = tmp_path / "disk"
    subprocess.run(["cp", "--sparse=always", MADE / "immutable.raw", place], check=True)
    return place


def partitions(toolbox, disk: Path) -> list[dict]:
    bind = sandbox.Bind(source=disk, target="/tmp/disk")
    table = msgspec.json.decode(sandbox.run(toolbox, ["sfdisk", "--json", "/tmp/disk"], binds=[bind]).stdout)
    return table["partitiontable"]["partitions"]


def turn(file: Path, offset: int) -> None:
    """Turn one bit of a file over."""
    with file.open("r+b") as stream:
        stream.seek(offset)
        (byte,) = stream.read(1)
        stream.seek(offset)
        stream.write(bytes([byte ^ 1]))


@pytest.mark.guest
def test_a_machine_stops_at_a_block_that_was_changed(toolbox, store, disk, tmp_path):
    _, root, _ = partitions(toolbox, disk)
    turn(disk, root["start"] * 512)  # before the superblock of erofs, in the block that is read first
    with start(Machine(disk=disk), toolbox, store, log=tmp_path / "console") as console:
        console.expect("Kernel panic - not syncing: dm-verity device .*corrupted", 420)


def unsign(file: Path) -> None:
    """Take the signature away: the entry of the certificate table in a PE32+ optional header becomes empty."""
    with file.open("r+b") as stream:
        stream.seek(0x3C)
        optional = int.from_bytes(stream.read(4), "little") + 24
        stream.seek(optional)
        assert stream.read(2) == b"\x0b\x02"
        stream.seek(optional + 112 + 4 * 8)
        assert stream.read(8) != bytes(8)
        stream.seek(-8, 1)
        stream.write(bytes(8))


def change(file: Path) -> None:
    turn(file, file.stat().st_size // 2)


@pytest.mark.guest
@pytest.mark.parametrize("harm", [change, unsign])
def test_firmware_starts_no_kernel_image_but_those_of_the_project(toolbox, store, disk, tmp_path, harm):
    kernel = tmp_path / "kernel"
    kernel.write_bytes((MADE / "immutable.efi").read_bytes())
    harm(kernel)
    esp, _, _ = partitions(toolbox, disk)
    binds = [sandbox.Bind(source=tmp_path, target="/tmp/work", writable=True)]
    image = f"/tmp/work/disk@@{esp['start'] * 512}"
    sandbox.run(toolbox, ["mcopy", "-o", "-i", image, "/tmp/work/kernel", "::/EFI/Linux/immutable_0.efi"], binds=binds)
    machine = Machine(disk=disk, begins=MADE / "immutable.vars.fd", secure=True)
    with start(machine, toolbox, store, log=tmp_path / "console") as console:
        console.expect("(?i)access denied|security violation", 420)


def test_what_firmware_starts_is_signed_by_the_project(toolbox):
    binds = [
        sandbox.Bind(source=MADE, target="/tmp/made"),
        sandbox.Bind(source=MADE.parents[2] / "keys" / "secure-boot" / "db.pem", target="/tmp/db.pem"),
    ]
    words = "openssl x509 -in /tmp/db.pem -noout -subject -nameopt multiline; pe-listsigs /tmp/made/immutable.efi 2>/dev/null"
    said = sandbox.run(toolbox, ["sh", "-ec", words], binds=binds).text
    name = said.splitlines()[1].partition("= ")[2]
    assert name.endswith(" db")
    assert f"subject CN: {name}" in said


def test_the_hash_names_its_partitions(toolbox, verity):
    esp, root, tree = partitions(toolbox, MADE / "immutable.raw")
    assert [part["uuid"].lower() for part in (root, tree)] == [verity.data, verity.tree]
    assert {part["name"] for part in (root, tree)} == {"immutable_0"}
    assert esp["size"] == 256 * 2048
    assert root["size"] == 384 * 2048
