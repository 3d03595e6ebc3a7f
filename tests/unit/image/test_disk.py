import pytest

from headwater.config.images import DiskRule, ImageKind, ImageRule
from headwater.errors import Failure
from headwater.image.disk import MIB, _fits
from headwater.image.identities import Identities
from headwater.image.partitions import esp_room
from headwater.image.uki import kernel_of
from headwater.origin import Origin

WHERE = Origin(file="images/vm.toml", line=3)


def test_every_number_follows_from_the_seed():
    assert Identities.of("a") == Identities.of("a")
    assert Identities.of("a").root != Identities.of("b").root
    assert Identities.of("a").root != Identities.of("a").disk


def test_a_disk_without_kernel_is_told_with_its_line(root):
    rule = ImageRule(name="vm", kind=ImageKind.DISK, where=WHERE)
    with pytest.raises(Failure) as failure:
        kernel_of(rule, root)
    assert failure.value.problems[0].where == WHERE


@pytest.mark.parametrize(("content", "least", "room"), [(0, 0, 40), (0, 64 * MIB, 64), (60 * MIB + 1, 64 * MIB, 69)])
def test_an_esp_has_room_for_its_files_and_what_was_asked_for(content, least, room):
    assert esp_room(content, least) == room * MIB


@pytest.mark.parametrize(("size", "slot", "fits"), [(3 * MIB, 3, True), (3 * MIB + 1, 3, False)])
def test_a_root_larger_than_its_slot_is_refused(tmp_path, size, slot, fits):
    rule = ImageRule(name="vm", disk=DiskRule(slot_size=slot, where=WHERE))
    with (tmp_path / "root.img").open("wb") as file:
        file.truncate(size)
    if fits:
        _fits(rule, tmp_path / "root.img", slot * MIB)
        return
    with pytest.raises(Failure) as failure:
        _fits(rule, tmp_path / "root.img", slot * MIB)
    assert failure.value.problems[0].where == WHERE
