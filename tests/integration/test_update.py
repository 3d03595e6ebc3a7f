"""A machine with a verified root that is updated over HTTP, and refuses what is not signed, changed, or does not work.

One disk over its restarts, from the image of the finished world to versions that the test makes of its table.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import zstandard

from headwater import factory
from headwater.compose import compose_images, release
from headwater.config import load
from headwater.config.images import Health, ImageRule
from headwater.config.workshop import NamedPackages
from headwater.image.contents import Contents
from headwater.image.machine import machine_of
from headwater.image.model import Image
from headwater.image.release import SIGNATURE, SUMS
from headwater.image.serial import Console
from headwater.image.verbs import boot, login, root_of
from headwater.request import Request, open_workshop
from headwater.store import Store

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror, pytest.mark.guest]
DISTRO = Path(__file__).parents[2] / "distro"
RESTARTS, PATIENCE = "reboot: Restarting system", 900.0
SETUP = """
mkdir -p /run/sysupdate.d
for file in /usr/lib/sysupdate.d/*; do
  sed 's,^Path=https.*,Path=http://10.0.2.2:8080/{folder},' $file >/run/sysupdate.d/${{file##*/}}
done
SYSTEMD_LOG_TARGET=console /usr/lib/headwater/update
"""
SLOTS = """
udevadm trigger --subsystem-match=block --settle
lsblk -lno PARTLABEL | grep -E '^(immutable_|_empty)' | sort -u | paste -sd ' '
ls /boot/EFI/Linux | paste -sd ' '
"""
MEASURED = "cd /sys/class/tpm/tpm0/pcr-sha256 && grep -Lx '0*' 4 7 9 11 | paste -sd ' '"


@pytest.fixture(scope="module")
def request_(store, tmp_path_factory) -> Request:
    """The distribution's project, whose results go to a folder of the test's."""
    project, place = load(DISTRO), tmp_path_factory.mktemp("out")
    said = msgspec.structs.replace(project.project, output_dir=str(place), image_lock=str(place / "none"))
    return Request(project=msgspec.structs.replace(project, project=said), store=store)


@pytest.fixture(scope="module")
def repository(request_):
    return factory.whole_repository(request_)


@pytest.fixture(scope="module")
def made(request_, repository):
    """Makes the immutable image with some words of its table changed, and puts it into the folder of updates."""
    workshop = open_workshop(request_)

    def make(**words: object) -> Image:
        rule: ImageRule = msgspec.structs.replace(request_.project.images["immutable"], **words)
        project = msgspec.structs.replace(request_.project, images={**request_.project.images, "immutable": rule})
        asked = msgspec.structs.replace(request_, project=project)
        image = compose_images(asked, workshop, repository, ["immutable"])["immutable"]
        release(asked, workshop, image)
        return image

    return make


@pytest.fixture
def machine(made, toolbox, store, tmp_path) -> Iterator[tuple[Console, Path]]:
    """The world's image under way on a disk of its own, and the folder that it sees as http://10.0.2.2:8080/."""
    image = made()
    disk, served, variables, tpm = (tmp_path / name for name in ("disk", "served", "variables", "tpm"))
    subprocess.run(["cp", "--sparse=always", image.artefact("raw").path, disk], check=True)
    shutil.copyfile(image.artefact("vars").path, variables)
    for folder in (served, tpm):
        folder.mkdir()
    asked = msgspec.structs.replace(
        machine_of(image, serve=served), disk=disk, keep=True, reboots=True, variables=variables, tpm=tpm
    )
    with boot(asked, toolbox, store, log=tmp_path / "console") as console:
        yield console, served


def asked(console: Console, words: str, code: int = 0) -> str:
    found, said = console.run(words, PATIENCE)
    assert found == code, said
    return said


def version(console: Console) -> str:
    return asked(console, ". /usr/lib/os-release; echo $IMAGE_VERSION")


def restart(console: Console, times: int = 1) -> None:
    console.send("systemctl reboot")
    for _ in range(times):
        console.expect(RESTARTS, PATIENCE)
    login(console)


def lay(request: Request, place: Path) -> Path:
    """A copy of the folder of updates as it is now."""
    shutil.copytree(request.project.output / "updates" / "immutable", place, copy_function=shutil.copyfile)
    return place


def changed_bytes(old: Image, new: Image, store: Store) -> int:
    """The files of an image that are new or other than in an older one, each compressed as well as zstd can."""
    before, after = root_of(old, store), root_of(new, store)
    assert before
    assert after
    known = {entry.path: entry.digest for entry in before.entries}
    files = [entry for entry in after.entries if entry.is_file and known.get(entry.path) != entry.digest]
    with Contents(store) as contents:
        return sum(len(zstandard.compress(contents.whole(entry), 19)) for entry in files)


def test_a_machine_goes_on_to_what_works_and_refuses_the_rest(made, machine, request_, store):
    console, served = machine
    rule = request_.project.images["immutable"]
    once = msgspec.structs.replace(rule.updates, tries=1)
    more = NamedPackages(names=("lsscsi",), reason="a small package more")
    first = made(version="1", packages=(*rule.packages, more), updates=once)
    updates = lay(request_, served / "first")
    for patch in updates.glob("*.patch"):
        patch.unlink()  # so that it is fetched whole

    changed = lay(request_, served / "changed")
    (root,) = changed.glob("immutable_1_*.erofs.zst")
    for file in (root, *changed.glob("*.patch")):
        file.unlink()
        shutil.copyfile(*changed.glob("immutable_1_*.verity.zst"), file)
    unsigned = lay(request_, served / "unsigned")
    text = (unsigned / SUMS).read_text()
    (unsigned / SUMS).write_text(text.replace("immutable_1", "immutable_2"))
    assert (unsigned / SIGNATURE).read_bytes() == (updates / SIGNATURE).read_bytes()

    assert version(console) == "0"
    assert "Secure Boot: enabled" in asked(console, "bootctl status --no-pager")
    assert asked(console, MEASURED) == "4 7 9 11"
    before = asked(console, SLOTS)
    assert before == "_empty immutable_0\nimmutable_0.efi"
    for folder, said in (("unsigned", "signature"), ("changed", "checksum")):
        code, told = console.run(SETUP.format(folder=folder), PATIENCE)
        assert code != 0
        assert said in told.lower()
        assert asked(console, SLOTS) == before

    assert "fetched whole" in asked(console, SETUP.format(folder="first"))
    assert asked(console, SLOTS) == "immutable_0 immutable_1\nimmutable_0.efi immutable_1+3-0.efi"
    restart(console)
    assert version(console) == "1"
    asked(console, "lsscsi --version; veritysetup status root | grep -w verified")
    assert asked(console, "systemctl is-system-running --wait") == "running"
    assert asked(console, SLOTS) == "immutable_0 immutable_1\nimmutable_0.efi immutable_1.efi"

    broken = Health(command="test -e /usr/bin/nothing-has-this", reason="it can not work")
    other = NamedPackages(names=("pigz",), reason="another small package in the place of the first")
    health = msgspec.structs.replace(rule.updates, health=(broken,))
    second = made(version="2", packages=(*rule.packages, other), updates=health)
    updates = lay(request_, served / "second")
    told = asked(console, SETUP.format(folder="second"))
    sent = (SUMS, SIGNATURE, "immutable_2.parts", "immutable_2_from_1.erofs.patch", "immutable_2_from_1.efi.patch")
    fetched = sum((updates / name).stat().st_size for name in sent)
    assert f"as patches: {fetched} bytes" in told
    assert fetched <= 1.5 * changed_bytes(first, second, store)
    restart(console, times=2)
    assert version(console) == "1"
    assert asked(console, SLOTS) == "immutable_1 immutable_2\nimmutable_1.efi immutable_2+0-1.efi"
