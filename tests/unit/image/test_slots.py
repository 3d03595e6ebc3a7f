import configparser

import pytest

from headwater.config.images import DiskRule, ImageKind, ImageRule, RootKind
from headwater.image.slots import hashes_of, slot_files


def rule(kind=ImageKind.DISK, root=RootKind.VERITY):
    return ImageRule(name="a", kind=kind, disk=DiskRule(root=root, slot_size=384))


def test_two_slots_of_one_size_and_the_rest_for_var():
    parts = []
    for made in slot_files(rule()):
        parser = configparser.ConfigParser()
        parser.read_string(made.content)
        parts.append(dict(parser["Partition"]))
    assert [part["type"] for part in parts] == ["esp", "root", "root-verity", "root", "root-verity", "var"]
    empty = [part for part in parts if part.get("label") == "_empty"]
    assert [(part["sizeminbytes"], part["sizemaxbytes"]) for part in empty] == [("384M", "384M"), ("6M", "6M")]


@pytest.mark.parametrize("other", [rule(kind=ImageKind.OCI), rule(root=RootKind.EXT4)])
def test_other_images_say_nothing(other):
    assert slot_files(other) == ()


@pytest.mark.parametrize("slot", [1, 63, 384, 5000])
def test_hashes_fit(slot):
    blocks = slot * 256  # of 4 KiB
    levels, needed = blocks, 1
    while levels > 1:
        levels = -(-levels // 128)  # a block of hashes holds 128 of 32 bytes
        needed += levels
    assert needed * 4096 <= hashes_of(slot) << 20
