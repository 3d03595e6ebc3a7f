"""Extensions of the immutable machine, once in a guest: what the project signed is laid over it and updated, nothing else."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from headwater.compose import compose_images
from headwater.config.images import ExtensionRule, ExtensionScope, ImageKind, ImageRule, UpdateRule
from headwater.config.workshop import MadeFile
from headwater.image.extension import laying_over
from headwater.image.machine import machine_of, seen_drive
from headwater.image.model import Image
from headwater.image.release import SUMS
from headwater.image.serial import Console
from headwater.image.verbs import boot, build_image, release_image
from headwater.request import open_workshop

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror, pytest.mark.guest]
SETTINGS = ImageRule(
    name="settings",
    kind=ImageKind.EXTENSION,
    extension=ExtensionRule(of="immutable", scope=ExtensionScope.ETC),
    files=(MadeFile(path="/etc/motd.d/settings", content="laid over\n", reason="test"),),
)


NOTES = ImageRule(
    name="notes",
    kind=ImageKind.EXTENSION,
    extension=ExtensionRule(of="immutable"),
    updates=UpdateRule(url="https://updates.example/notes"),
)
FIRST = "mkdir -p {place} && cat {drive} >{place}/notes_1.raw && systemd-sysext refresh"
NEXT = """
mkdir -p /run/sysupdate.notes.d
sed 's,^Path=https.*,Path=http://10.0.2.2:8080/{folder},' /usr/lib/sysupdate.notes.d/10-extension.transfer \\
  >/run/sysupdate.notes.d/10-extension.transfer
SYSTEMD_LOG_TARGET=console /usr/lib/systemd/systemd-sysupdate --component=notes update && systemd-sysext refresh
"""


def build(rule, packages, asked, images, *, output=None, trust=None) -> Image:
    """An image for one of `images`; who makes it is the project unless `trust` says otherwise."""
    workshop = open_workshop(asked)
    return build_image(
        rule,
        project=asked.project,
        packages=packages,
        verify=lambda _: None,
        toolbox=workshop.toolbox,
        store=asked.store,
        output=output or asked.project.output / "images",
        images=images,
        trust=trust or workshop.trust,
    )


@pytest.fixture(scope="module")
def images(asked, repository) -> dict[str, Image]:
    workshop = open_workshop(asked)
    made = compose_images(asked, workshop, repository, ("admin-tools",))
    made["settings"] = build(SETTINGS, made["immutable"].packages, asked, made)
    return made


@pytest.fixture(scope="module")
def unsigned(images, asked) -> Image:
    """The same as `admin-tools`, by somebody who has no keys."""
    bare = msgspec.structs.replace(asked.project.images["admin-tools"], name="stranger")
    nobody = msgspec.structs.replace(open_workshop(asked).trust, secure_boot=None)
    return build(bare, [*images["immutable"].packages, *images["admin-tools"].packages], asked, images, trust=nobody)


@pytest.fixture(scope="module")
def notes(images, asked, tmp_path_factory) -> tuple[Path, Path]:
    """An extension's first version, and what a server of updates shows: its folder with two, and one that was changed."""
    workshop, served = open_workshop(asked), tmp_path_factory.mktemp("served")
    for version in ("1", "2"):
        file = MadeFile(path="/usr/share/notes", content=f"version {version}\n", reason="test")
        rule = msgspec.structs.replace(NOTES, version=version, files=(file,))
        output = served.parent / f"{served.name}-{version}"
        made = build(rule, images["immutable"].packages, asked, images, output=output)
        release_image(made, rule, served / "good", key=workshop.key, toolbox=workshop.toolbox, store=asked.store)
    shutil.copytree(served / "good", served / "changed")
    (served / "changed" / SUMS).write_text((served / "good" / SUMS).read_text().replace("notes_2", "notes_3"))
    return served.parent / f"{served.name}-1" / "notes" / "notes.raw", served


@pytest.fixture(scope="module")
def machine(images, unsigned, notes, toolbox, store, tmp_path_factory) -> Iterator[Console]:  # noqa: PLR0917 all that it sees
    """The machine's console; its further disks are `admin-tools`, `settings`, `stranger`, and the first `notes`."""
    drives = (*(one.artefact("raw").path for one in (images["admin-tools"], images["settings"], unsigned)), notes[0])
    started = msgspec.structs.replace(machine_of(images["immutable"], serve=notes[1]), drives=drives)
    with boot(started, toolbox, store, log=tmp_path_factory.mktemp("extension") / "console") as console:
        yield console


def lay(console: Console, rule: ImageRule, drive: int) -> tuple[int, str]:
    return console.run(laying_over(rule, seen_drive(drive)), 300)


def test_programs_and_their_libraries_are_laid_over_and_taken_away(machine, asked):
    rule = asked.project.images["admin-tools"]
    code, said = lay(machine, rule, 1)
    assert code == 0, said
    for check in rule.checks:
        code, said = machine.run(check.command, 300)
        assert code == check.code, said
    assert machine.run("systemd-sysext unmerge && ! command -v jq", 300)[0] == 0
    assert machine.run("rm /var/lib/extensions/*", 300) == (0, "")


def test_configuration_is_laid_over(machine):
    code, said = lay(machine, SETTINGS, 2)
    assert code == 0, said
    assert machine.run("cat /etc/motd.d/settings; touch /etc/x 2>&1", 300)[1].startswith("laid over\n")
    assert machine.run("systemd-confext unmerge && ! test -e /etc/motd.d/settings", 300)[0] == 0


def test_what_nobody_signed_is_not_laid_over(machine, asked):
    stranger = msgspec.structs.replace(asked.project.images["admin-tools"], name="stranger")
    code, said = lay(machine, stranger, 3)
    assert code != 0
    assert "policy" in said
    assert machine.run("rm /var/lib/extensions/*; ! command -v jq", 300)[0] == 0


def test_the_next_version_is_fetched_from_the_signed_folder(machine):
    place = "/var/lib/extensions/notes.raw.v"
    code, said = machine.run(FIRST.format(place=place, drive=seen_drive(4)), 300)
    assert code == 0, said
    assert machine.run("cat /usr/share/notes", 300) == (0, "version 1")
    assert machine.run(NEXT.format(folder="changed"), 300)[0] != 0
    assert machine.run(f"ls -1 {place}; cat /usr/share/notes", 300) == (0, "notes_1.raw\nversion 1")
    code, said = machine.run(NEXT.format(folder="good"), 300)
    assert code == 0, said
    assert machine.run(f"ls -1 {place}; cat /usr/share/notes", 300) == (0, "notes_1.raw\nnotes_2.raw\nversion 2")
    assert machine.run(f"systemd-sysext unmerge && rm -r {place}", 300)[0] == 0
