import configparser
import subprocess

import msgspec
import pytest

from headwater.config.images import DiskRule, ExtensionRule, ExtensionScope, Health, ImageKind, ImageRule, RootKind, UpdateRule
from headwater.image.extension import SCOPES
from headwater.image.updates import CHECK, TRANSFERS, pattern_of, release_words, update_files

HEALTH = (Health(command="true", reason="it's fine"), Health(command="test -e /nothing", reason='"never" there'))


def rule(url="https://updates.example/a", root=RootKind.VERITY):
    disk = DiskRule(root=root, slot_size=384)
    return ImageRule(name="a", kind=ImageKind.DISK, version="2", disk=disk, updates=UpdateRule(url=url, tries=2, health=HEALTH))


def transfers():
    for made in update_files(rule()):
        if made.path.startswith(TRANSFERS):
            parser = configparser.ConfigParser(interpolation=None)
            parser.optionxform = str
            parser.read_string(made.content)
            yield made.path.rpartition("/")[2], {name: dict(parser[name]) for name in parser.sections()}


def test_three_parts_of_one_version_and_the_kernel_image_last():
    found = sorted(transfers())
    assert [name for name, _ in found] == ["10-root.transfer", "20-verity.transfer", "30-kernel.transfer"]
    patterns = [f"{pattern_of('a', part)}.zst" for part in ("erofs", "verity", "efi")]
    assert [parts["Source"]["MatchPattern"] for _, parts in found] == patterns
    assert {parts["Source"]["Path"] for _, parts in found} == {"https://updates.example/a"}
    assert {parts["Transfer"]["ProtectVersion"] for _, parts in found} == {"%A"}
    kernel = found[-1][1]["Target"]
    assert (kernel["TriesLeft"], kernel["Mode"]) == ("2", "0644")


def test_the_first_thing_that_fails_is_told():
    (script,) = [made.content for made in update_files(rule()) if made.path == CHECK]
    done = subprocess.run(["sh"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, 'not healthy: "never" there\n')


@pytest.mark.parametrize("other", [rule(url=""), rule(root=RootKind.EXT4)])
def test_who_takes_no_updates_has_no_files_for_them(other):
    assert update_files(other) == ()


@pytest.mark.parametrize("scope", ExtensionScope)
def test_an_extension_says_where_its_next_version_is_and_lies_beside_this_one(scope):
    extension = ExtensionRule(of="machine", scope=scope)
    made = ImageRule(
        name="a", kind=ImageKind.EXTENSION, extension=extension, updates=UpdateRule(url="https://updates.example/a")
    )
    (file,) = update_files(made)
    assert file.path.startswith(SCOPES[scope].tops)
    assert file.path.endswith("/sysupdate.a.d/10-extension.transfer")
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(file.content)
    assert (parser["Source"]["MatchPattern"], parser["Target"]["MatchPattern"]) == ("a_@v.raw.zst", "a_@v.raw")
    assert parser["Target"]["Path"] == f"{SCOPES[scope].folder}/a.raw.v"
    assert update_files(msgspec.structs.replace(made, updates=UpdateRule())) == ()


def test_a_verified_root_says_which_version_it_is():
    assert release_words(rule()) == "IMAGE_ID=a\nIMAGE_VERSION=2\n"
    assert not release_words(rule(root=RootKind.EXT4))
