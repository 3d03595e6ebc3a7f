"""Extensions of the immutable machine, once in a guest: those that the project signed are laid over it, no others."""

from collections.abc import Iterator

import msgspec
import pytest

from headwater.compose import compose_images
from headwater.config.images import ExtensionRule, ExtensionScope, ImageKind, ImageRule
from headwater.config.workshop import MadeFile
from headwater.image import boot, build_image
from headwater.image.extension import laying_over
from headwater.image.machine import machine_of, seen_drive
from headwater.image.model import Image
from headwater.image.serial import Console
from headwater.request import open_workshop

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror, pytest.mark.guest]
SETTINGS = ImageRule(
    name="settings",
    kind=ImageKind.EXTENSION,
    extension=ExtensionRule(of="immutable", scope=ExtensionScope.ETC),
    files=(MadeFile(path="/etc/motd.d/settings", content="laid over\n", reason="test"),),
)


@pytest.fixture(scope="module")
def images(asked, repository) -> dict[str, Image]:
    workshop = open_workshop(asked)
    made = compose_images(asked, workshop, repository, ("admin-tools",))
    made["settings"] = build_image(
        SETTINGS,
        project=asked.project,
        packages=made["immutable"].packages,
        verify=lambda _: None,
        toolbox=workshop.toolbox,
        store=asked.store,
        output=asked.project.output / "images",
        images=made,
        trust=workshop.trust,
    )
    return made


@pytest.fixture(scope="module")
def unsigned(images, asked, toolbox) -> Image:
    """The same as `admin-tools`, by somebody who has no keys."""
    bare = msgspec.structs.replace(asked.project.images["admin-tools"], name="stranger")
    workshop = open_workshop(asked)
    nobody = msgspec.structs.replace(workshop.trust, secure_boot=None)
    return build_image(
        bare,
        project=asked.project,
        packages=[*images["immutable"].packages, *images["admin-tools"].packages],
        verify=lambda _: None,
        toolbox=toolbox,
        store=asked.store,
        output=asked.project.output / "images",
        images=images,
        trust=nobody,
    )


@pytest.fixture(scope="module")
def machine(images, unsigned, toolbox, store, tmp_path_factory) -> Iterator[Console]:
    """The machine's console; its further disks are `admin-tools`, `settings`, and `stranger`."""
    drives = tuple(one.artefact("raw").path for one in (images["admin-tools"], images["settings"], unsigned))
    started = msgspec.structs.replace(machine_of(images["immutable"]), drives=drives)
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
