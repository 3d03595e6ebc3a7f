"""A fixed VHD of ours as QEMU reads it: the whole disk, no byte more, and the identity that we gave it."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from headwater.config import load
from headwater.digest import digest_file
from headwater.image.difference import root_of
from headwater.image.formats import with_formats
from headwater.image.verbs import image_at
from headwater.image.vhd import MIB, tail_of, write_vhd
from headwater.sparse import copy
from headwater.toolbox import Toolbox, sandbox

pytestmark = pytest.mark.toolbox
DISTRO = Path(__file__).parents[2] / "distro"
IDENTITY = "0f3b1a52-6f86-4c1e-9a55-6f1d7a4f9a01"


def ask(toolbox: Toolbox, folder: Path, *words: str) -> str:
    return sandbox.run(toolbox, ["qemu-img", *words], binds=[sandbox.Bind(source=folder, target="/tmp/disks")]).text


@pytest.mark.parametrize("mib", [1, 40, 505, 2049, 140_000])
def test_qemu_reads_what_was_written(mib, toolbox, tmp_path):
    raw, vhd = tmp_path / "disk.raw", tmp_path / "disk.vhd"
    with raw.open("wb") as file:
        file.write(hashlib.shake_128(b"%d" % mib).digest(MIB // 2))
        file.truncate(mib * MIB - 4096)  # the last block is padding
        file.seek(-512, 2)
        file.write(b"end" * 100)
    write_vhd(raw, vhd, tail_of(raw.stat().st_size, epoch=1_760_000_000, identity=IDENTITY))
    told = msgspec.json.decode(ask(toolbox, tmp_path, "info", "-f", "vpc", "--output=json", "/tmp/disks/disk.vhd"))
    assert (told["format"], told["virtual-size"]) == ("vpc", mib * MIB)
    same = ask(toolbox, tmp_path, "compare", "-f", "raw", "-F", "vpc", "/tmp/disks/disk.raw", "/tmp/disks/disk.vhd")
    assert "Images are identical" in same
    assert vhd.stat().st_size == mib * MIB + 512
    assert vhd.stat().st_blocks * 512 < 2 * MIB


@pytest.mark.world
@pytest.mark.usefixtures("world")
def test_the_machine_as_a_vhd(toolbox):
    place = DISTRO / "out" / "images" / "vm"
    told = msgspec.json.decode(ask(toolbox, place, "info", "-f", "vpc", "--output=json", "/tmp/disks/vm.vhd"))
    assert told["virtual-size"] == (place / "vm.raw").stat().st_size
    assert told["virtual-size"] % MIB == 0
    same = ask(toolbox, place, "compare", "-f", "raw", "-F", "vpc", "/tmp/disks/vm.raw", "/tmp/disks/vm.vhd")
    assert "Images are identical" in same


@pytest.mark.world
@pytest.mark.usefixtures("world")
def test_other_formats_are_made_again_from_the_disk_alone(toolbox, store, tmp_path):
    whole = image_at(DISTRO / "out" / "images" / "vm")
    assert whole
    raw = whole.artefact("raw")
    with raw.path.open("rb") as file:
        copy(file, tmp_path / "vm.raw")
    bare = msgspec.structs.replace(whole, artefacts=(raw,))
    root = root_of(whole, store)
    assert root
    made = with_formats(bare, load(DISTRO).images["vm"], root.epoch, None, toolbox=toolbox, folder=tmp_path)
    assert {one.format: (one.digest, one.path) for one in made.artefacts} == {
        one.format: (one.digest, one.path) for one in whole.artefacts if one.format != "uki"
    }
    for one in made.artefacts:
        assert digest_file(tmp_path / one.path.name) == one.digest.removeprefix("sha256:")
