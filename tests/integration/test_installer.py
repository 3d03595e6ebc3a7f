"""The installer: its medium as xorriso and sfdisk see it, and two machines: one asked, by a CD, and one told, by a stick."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from headwater.compose import compose_images
from headwater.image.boot import PATIENCE, accelerate, start
from headwater.image.machine import Machine
from headwater.image.model import Image
from headwater.image.serial import Console
from headwater.image.verbs import boot
from headwater.request import open_workshop
from headwater.toolbox import Toolbox, sandbox

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror]
ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
MIB = 1 << 20
SHOWN = ("start", "size", "type", "uuid", "name", "attrs")


@pytest.fixture(scope="module")
def images(asked, repository) -> dict[str, Image]:
    return compose_images(asked, open_workshop(asked), repository, ("installer",))


@pytest.fixture
def medium(images) -> Path:
    return images["installer"].artefact("iso").path


def ask(toolbox: Toolbox, file: Path, *words: str) -> str:
    return sandbox.run(toolbox, [*words], binds=[sandbox.Bind(source=file, target="/tmp/file")]).text


def partitions(toolbox: Toolbox, disk: Path) -> list[dict]:
    table = json.loads(ask(toolbox, disk, "sfdisk", "--json", "/tmp/file"))["partitiontable"]
    return [{key: part.get(key) for key in SHOWN} for part in table["partitions"]]


def test_a_catalog_and_a_table_point_at_one_system_partition(medium, toolbox):
    said = ask(toolbox, medium, "xorriso", "-indev", "/tmp/file", "-report_el_torito", "plain", "-report_system_area", "plain")
    lines = [line.split() for line in said.splitlines() if line.startswith("El Torito boot img :   1")]
    (esp,) = [part for part in partitions(toolbox, medium) if part["type"] == ESP]
    assert [(line[6], line[8], int(line[-1]) * 4) for line in lines] == [("UEFI", "none", esp["start"])]


UNPACK = (
    "xorriso -osirrox on -indev /tmp/file -extract /payload.squashfs /tmp/work/squashfs; unsquashfs -q -d $0 /tmp/work/squashfs"
)
REPART = ("systemd-repart", "--offline=yes", "--dry-run=no", "--empty=require", "--seed=random")


def test_its_rules_write_the_disks_anew(medium, images, toolbox, tmp_path):
    work = sandbox.Bind(source=tmp_path, target="/tmp/work", writable=True)
    binds = [work, sandbox.Bind(source=medium, target="/tmp/file")]
    sandbox.run(toolbox, ["sh", "-c", UNPACK, "/tmp/work/payload"], binds=binds)
    assert sorted(place.name for place in (tmp_path / "payload").iterdir()) == ["immutable", "vm"]
    for name in ("immutable", "vm"):
        raw, disk = images[name].artefact("raw").path, tmp_path / f"{name}.raw"
        disk.touch()
        os.truncate(disk, int((tmp_path / "payload" / name / "size").read_text()))
        binds = [work, sandbox.Bind(source=tmp_path / "payload", target="/run/payload")]
        rules = f"--definitions=/run/payload/{name}/repart.d"
        sandbox.run(toolbox, [*REPART, rules, f"/tmp/work/{disk.name}"], binds=binds)
        assert disk.stat().st_size == raw.stat().st_size
        assert_same(raw, disk, toolbox)


def assert_same(one: Path, two: Path, toolbox: Toolbox) -> None:
    """The same partitions, to the byte; the disks' own identities may differ."""
    made = partitions(toolbox, one)
    assert partitions(toolbox, two) == made
    with one.open("rb") as first, two.open("rb") as second:
        for part in made:
            first.seek(part["start"] * 512)
            second.seek(part["start"] * 512)
            for _ in range(-(-part["size"] // 2048)):
                assert first.read(MIB) == second.read(MIB), part["name"]


@pytest.fixture
def switch_on(medium, images, toolbox, store, tmp_path) -> Callable:
    """Start a machine with the medium, a CD or a stick; `disk` is what it may write."""
    chosen = accelerate(Machine(disk=images["vm"].artefact("raw").path), toolbox, store)
    (tmp_path / "disk").touch()

    @contextmanager
    def on(size: int, *words: str, stick: bool = False) -> Iterator[Console]:
        with (tmp_path / "disk").open("r+b") as file:
            file.truncate(size)
        put: dict[str, Any] = {"drives": (medium,)}
        if not stick:  # where firmware starts only what the project signed; words from outside are not heard there
            put = {"cdrom": medium, "secure": True, "begins": images["immutable"].artefact("vars").path}
        machine = Machine(disk=tmp_path / "disk", keep=True, command_line=words, **put)
        with start(machine, toolbox, store, log=tmp_path / "console", accelerator=chosen) as console:
            yield console

    return on


@pytest.mark.guest
def test_who_is_asked_gets_a_machine_that_boots(switch_on, images, toolbox, store, tmp_path):
    with switch_on(2048 * MIB) as console:
        console.expect("Which image", PATIENCE)
        console.send("vm")
        console.expect(r"/dev/nvme0n1 +2048 MiB", 120)
        console.send("sr0")
        console.expect("Not installed: `/dev/sr0` is no disk", 60)
        console.expect("Which image", 60)
        console.send("vm")
        console.expect("Disk to install", 60)
        console.send("shell")
        console.ready(60)
        assert console.run("mkswap /dev/nvme0n1", 60)[0] == 0
        console.send("exit")
        console.expect("Which image", 60)
        console.send("vm")
        console.expect("not empty", 60)
        console.send("nvme0n1")
        console.expect("Type `erase`", 60)
        console.send("no")
        console.expect("Not installed: nothing was changed", 60)
        console.expect("Which image", 60)
        console.send("vm")
        console.expect("Disk to install", 60)
        console.send("largest")
        console.expect("Type `erase`", 60)
        console.send("erase")
        console.expect("Installed `vm` onto /dev/nvme0n1", PATIENCE)
        console.expect("Return", 60)
        console.send("")
        assert console.process.wait(PATIENCE) == 0
    assert partitions(toolbox, tmp_path / "disk") == partitions(toolbox, images["vm"].artefact("raw").path)
    with boot(Machine(disk=tmp_path / "disk"), toolbox, store, log=tmp_path / "installed") as console:
        assert console.run("systemctl is-system-running --wait", PATIENCE) == (0, "running")
        assert console.run("lsblk -dnbo SIZE /dev/nvme0n1", 60) == (0, str(2048 * MIB))


@pytest.mark.guest
def test_who_says_all_beforehand_is_not_asked(switch_on, images, toolbox, tmp_path):
    raw = images["immutable"].artefact("raw").path
    with switch_on(raw.stat().st_size, "install.disk=largest", "install.image=immutable", stick=True) as console:
        console.expect("Installed `immutable` onto /dev/nvme[01]n1", PATIENCE)  # the stick may be found before the disk
        assert console.process.wait(PATIENCE) == 0
    assert_same(raw, tmp_path / "disk", toolbox)
