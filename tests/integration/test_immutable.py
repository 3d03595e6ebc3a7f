"""The immutable disk of the finished world: its hash, asked for by the field's own tools, before any machine is started."""

import re
from pathlib import Path

import msgspec
import pytest

from headwater.image.verity import Verity
from headwater.toolbox import sandbox

pytestmark = [pytest.mark.world, pytest.mark.usefixtures("world")]
MADE = Path(__file__).parents[2] / "distro" / "out" / "images" / "immutable"


@pytest.fixture
def verity() -> Verity:
    """As the kernel's command line, which is in the kernel image, names it."""
    found = re.findall(rb"roothash=([0-9a-f]{64})", (MADE / "immutable.efi").read_bytes())
    assert len(found) == 1
    return Verity(hash=found[0].decode())


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


def test_the_hash_names_its_partitions(toolbox, verity):
    bind = sandbox.Bind(source=MADE / "immutable.raw", target="/tmp/disk")
    table = msgspec.json.decode(sandbox.run(toolbox, ["sfdisk", "--json", "/tmp/disk"], binds=[bind]).stdout)
    esp, root, tree = table["partitiontable"]["partitions"]
    assert [part["uuid"].lower() for part in (root, tree)] == [verity.data, verity.tree]
    assert {part["name"] for part in (root, tree)} == {"immutable_0"}
    assert esp["size"] == 256 * 2048
    assert root["size"] == 384 * 2048
