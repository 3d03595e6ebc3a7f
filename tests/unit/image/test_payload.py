"""The rules by which partitions are written anew, and what the system on a medium has for it."""

import configparser

from headwater.config.images import ImageKind, ImageRule, IsoRule
from headwater.image.installer import SCRIPT, installer_files
from headwater.image.order import in_order
from headwater.image.payload import rule_of

PART = {"start": 2048, "size": 8192, "type": "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "uuid": "9B1F", "name": "100 %"}


def test_a_rule_says_what_the_table_said():
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read_string(rule_of(PART, 8192 * 512, "/run/payload/vm/1.img"))
    assert dict(parser["Partition"]) == {
        "Type": PART["type"],
        "Label": "100 %%",  # repart.d(5) has specifiers in labels
        "UUID": "9B1F",
        "CopyBlocks": "/run/payload/vm/1.img",
        "SizeMinBytes": "4194304",
        "SizeMaxBytes": "4194304",
    }


def test_the_script_is_run_by_every_console_and_by_who_is_told():
    files = {made.path: made for made in installer_files(ImageRule(name="installer", kind=ImageKind.ISO))}
    assert files[SCRIPT].mode == "755"
    callers = [
        path for path, made in files.items() if f"ExecStart={SCRIPT}" in (text := made.content or "") or f"-{SCRIPT}" in text
    ]
    assert sorted(path.split("/")[-2] for path in callers) == ["getty@.service.d", "serial-getty@.service.d", "system"]


def test_images_of_other_kinds_do_not_install():
    assert not [made for kind in ImageKind if kind is not ImageKind.ISO for made in installer_files(ImageRule(kind=kind))]


def test_disks_are_made_before_the_medium_that_installs_them():
    rules = {
        "a": ImageRule(name="a", kind=ImageKind.ISO, iso=IsoRule(installs=("c", "b"))),
        "b": ImageRule(name="b", kind=ImageKind.DISK),
        "c": ImageRule(name="c", kind=ImageKind.DISK),
    }
    assert [rule.name for rule in in_order(rules, ["a"])] == ["c", "b", "a"]
