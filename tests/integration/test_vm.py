"""The machine image as a scale set has it: two clones side by side, each with a seed of its own, one of them on a larger disk.

One boot of the two is shared by all that asks them, and it takes a while under emulation. The one on the larger disk stands
where a program started it, the other at a terminal where a person typed `hw image boot`.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, closing, nullcontext
from pathlib import Path

import msgspec
import pytest
from tests.integration.terminal import Terminal
from tests.integration.tmt import write_plan, write_tmt

from headwater import command
from headwater.config.suites import GitSource, Tmt
from headwater.image.boot import login, start
from headwater.image.contents import Contents
from headwater.image.difference import root_of
from headwater.image.machine import Machine
from headwater.image.model import Entry
from headwater.image.note import NOTE, read_note
from headwater.image.reach import RELAY, let_in
from headwater.image.seed import read_keys, write_seed
from headwater.image.serial import Console
from headwater.image.tmt import by_ssh, run_plan
from headwater.store import Store
from headwater.toolbox import sandbox

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.usefixtures("world")]
DISTRO = Path(__file__).parents[2] / "distro"
MADE = DISTRO / "out" / "images"
TABLE = DISTRO / "images" / "vm.toml"
MOVED = "lsscsi"  # the package that has a next release
GROWN = 3 << 30  # bytes of the disk that is booted
ALL = "rpm -qa --qf '%{NAME} %{EVR}\\n'"
AZURE = "7783-7084-3265-9085-8269-3286-77"  # the chassis' asset tag on every host of Azure's
PATIENCE = 600.0
WORK, SOCKETS = "/tmp/work", "/tmp/sockets"


class Clone(msgspec.Struct, frozen=True, kw_only=True):
    """A guest: its console, where root is, the folder with the key that its seed lets in, and the one with its socket."""

    name: str
    console: Console
    place: Path
    sockets: Path

    def run(self, words: str, code: int = 0) -> str:
        """What a command says on the console; asserts its exit code."""
        found, output = self.console.run(words, PATIENCE)
        assert found == code, output
        return output


def ssh(clone: Clone, toolbox, *words: str, user: str = "alki", key: str = "id", stdin: bytes = b"") -> command.Result:
    """Log in to a clone as somebody with a network would."""
    options = ["BatchMode=yes", "StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={WORK}/known",
               f"ProxyCommand=python3 {WORK}/relay.py {SOCKETS}/22"]  # fmt: skip
    vector = ["ssh", "-F", "none", "-i", f"{WORK}/{key}", *(word for one in options for word in ("-o", one))]
    binds = [
        sandbox.Bind(source=clone.place, target=WORK, writable=True),
        sandbox.Bind(source=clone.sockets, target=SOCKETS),
    ]
    vector += [f"{user}@{clone.name}", *words]
    return sandbox.run(toolbox, vector, binds=binds, stdin=stdin, accept=range(256), timeout=PATIENCE)


@pytest.fixture(scope="module")
def release(store, tmp_path_factory) -> Path:
    """Alki's repository when one package moved on, made as the first was: rendered, built, signed, published."""
    project = tmp_path_factory.mktemp("release") / "distro"
    shutil.copytree(DISTRO, project, ignore=shutil.ignore_patterns("out", "build"))
    path = project / "components" / f"{MOVED}.toml"
    text = path.read_text()
    path.write_text(text.replace('value = "1%{?dist}"', 'value = "2%{?dist}"'))
    assert path.read_text() != text
    vector = [sys.executable, "-m", "headwater", "--store", store.root, "-C", project, "repo", "publish"]
    result = subprocess.run([str(word) for word in vector], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return project / "out" / "repo"


@pytest.fixture(scope="module")
def clones(release, toolbox, store, tmp_path_factory) -> Iterator[tuple[Clone, Clone]]:
    """Two machines from one image, which neither writes to. The first has a larger disk, and sees the next release."""
    disk = tmp_path_factory.mktemp("disk") / "disk"
    command.run(["cp", "--sparse=always", MADE / "vm" / "vm.raw", disk])
    os.truncate(disk, GROWN)
    with ExitStack() as stack:
        place = tmp_path_factory.mktemp("north")
        machine = Machine(disk=disk, drives=(seeded(place, "north", toolbox),), sockets=place, ports=(22,), serve=release)
        console = stack.enter_context(start(machine, toolbox, store, log=place / "console"))
        north = Clone(name="north", console=console, place=place, sockets=place)
        terminal, south = at_terminal(tmp_path_factory.mktemp("south"), toolbox, store)
        stack.enter_context(closing(terminal))
        for clone in (north, south):
            login(clone.console)
        for clone in (north, south):
            clone.run("cloud-init status --wait")
        yield north, south
        assert terminal.leave(PATIENCE) == 0


def at_terminal(place: Path, toolbox, store) -> tuple[Terminal, Clone]:
    """The machine that a person has by `hw image boot`, and goes on to log in as it is said there."""
    words = [sys.executable, "-m", "headwater", "--store", store.root, "-C", DISTRO, "image", "boot", "vm"]
    terminal = Terminal([*words, "--seed", seeded(place, "south", toolbox)], place / "console")
    console = Console(terminal, place / "console")
    socket = Path(console.expect(r"ssh -o ProxyCommand='nc -U (\S+)' USER@", PATIENCE)[1])
    return terminal, Clone(name="south", console=console, place=place, sockets=socket.parent)


def seeded(place: Path, name: str, toolbox) -> Path:
    """The seed of a machine, made in a folder that then has the key to it and another."""
    shutil.copyfile(RELAY, place / "relay.py")
    bind = sandbox.Bind(source=place, target=WORK, writable=True)
    for key in ("id", "other"):
        sandbox.run(toolbox, ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{WORK}/{key}"], binds=[bind])
    return write_seed(place, name, read_keys(place / "id.pub"), toolbox)


@pytest.mark.guest
def test_the_seed_lets_its_user_in(clones, toolbox):
    for clone in clones:
        assert ssh(clone, toolbox, "id -un; sudo -n id -un; hostname").text.split() == ["alki", "root", clone.name]


@pytest.mark.guest
def test_nobody_else_is_let_in(clones, toolbox):
    north = clones[0]
    for user, key in (("alki", "other"), ("root", "id"), ("root", "other")):
        assert "no way in" not in ssh(north, toolbox, "echo no way in", user=user, key=key).text
    refused = ssh(north, toolbox, "-v", "true", key="other")
    assert refused.code == 255
    assert "Permission denied (publickey)" in refused.stderr.decode()
    assert {line.split(":")[1][0] for line in north.run("cat /etc/shadow").splitlines()} <= {"!", "*"}  # no password opens any


@pytest.mark.guest
def test_clones_are_not_each_other(clones):
    questions = {
        "machine-id": "cat /etc/machine-id",
        "host keys": "cd /etc/ssh; for key in ssh_host_*_key.pub; do ssh-keygen -lf $key; done | cut -d' ' -f2 | sort",
        "host name": "hostnamectl --static",
        "random seed": "sha256sum /var/lib/systemd/random-seed",
    }
    for what, words in questions.items():
        north, south = (set(clone.run(words).split()) - {"/var/lib/systemd/random-seed"} for clone in clones)
        assert north, what
        assert not north & south, what


@pytest.mark.guest
def test_the_root_grew_to_the_disk(clones):
    size, device = clones[0].run("findmnt -bno SIZE,SOURCE /").split()
    assert int(size) > GROWN * 9 // 10
    assert int(clones[0].run(f"lsblk -bnro SIZE {device}")) > GROWN * 95 // 100
    assert clones[0].run("systemctl is-active systemd-repart systemd-growfs-root").split() == ["active", "active"]


@pytest.mark.guest
def test_all_that_was_to_start_has_started(clones):
    for clone in clones:
        assert clone.run("systemctl is-system-running --wait") == "running"
        said = msgspec.json.decode(clone.run("cloud-init status --format json"))
        assert (said["status"], said["datasource"], said["errors"], said["recoverable_errors"]) == ("done", "nocloud", [], {})


@pytest.mark.guest
def test_a_whole_upgrade_on_the_machine(clones):
    """Of the packages one moves; the repository's key comes along, for no transaction needed it before."""
    north = clones[0]
    dnf = "dnf5 -y --setopt=alki-base.baseurl=http://10.0.2.2:8080/base"
    asked = f"rpm -q --qf '%{{RELEASE}}' {MOVED}"
    before = packages(north)
    assert north.run(asked).startswith("1.")
    north.run(f"{dnf} upgrade")
    assert north.run(asked).startswith("2.")
    assert {name for name, _ in before ^ packages(north)} == {MOVED, "gpg-pubkey"}
    assert not changed(north)
    assert MOVED in north.run("dnf5 history info last")
    north.run(f"{MOVED} --version")
    north.run(f"{dnf} remove {MOVED}")
    north.run(f"rpm -q {MOVED}", code=1)
    assert {name for name, _ in before ^ packages(north)} == {MOVED, "gpg-pubkey"}
    assert not changed(north)
    ids = [line.split()[0] for line in north.run("dnf5 history list").splitlines()[1:]]
    assert len(ids) == 2
    north.run(f"{dnf} history undo last")
    assert north.run(asked).startswith("2.")


@pytest.mark.guest
@pytest.mark.mirror
def test_a_plan_of_tmts_runs_in_it(clones, box, toolbox, store, tmp_path, monkeypatch):  # noqa: PLR0917 each is its own thing
    """The real tmt, which asks for rsync in the guest, as it does of every guest; no image of Alki's has it."""
    north = clones[0]
    rsync = (box.root / "usr/bin/rsync").read_bytes()
    words = "cat >/tmp/rsync && sudo install /tmp/rsync /usr/local/bin"
    assert ssh(north, toolbox, words, stdin=rsync).code == 0
    way = let_in(north.console, north.place, toolbox)
    # where tmt runs Python is not where ours does
    there = msgspec.structs.replace(way, proxy=f"python3 -I {north.place}/relay.py {north.place}/22")
    program = write_tmt(tmp_path / "bin", box, store, [tmp_path, north.place])
    monkeypatch.setenv("PATH", f"{program}:{os.environ['PATH']}")
    plan = Tmt(source=GitSource(git_url=str(tmp_path / "theirs"), ref=write_plan(tmp_path / "theirs")), plan="/plan/guest")
    found = run_plan(
        "plan", plan, nullcontext(by_ssh(there)), log=tmp_path / "log", store=Store(north.place / "s"), offline=False
    )
    assert {one.name: one.passed for one in found} == {"plan: /test/who": True, "plan: /test/wrong": False}
    assert "alki of north" in found[0].output


def packages(clone: Clone) -> set[tuple[str, str]]:
    """Name and version of all that rpm knows of."""
    return {(name, rest) for name, _, rest in (line.partition(" ") for line in clone.run(ALL).splitlines())}


@pytest.mark.guest
def test_the_first_boot_compiles_nothing(clones):
    assert not clones[0].run("find /usr/lib/python3* -newer /etc/machine-id -name '*.pyc'")


@pytest.mark.guest
def test_azure_is_known_by_its_chassis(clones):
    """What Microsoft's hosts say of themselves, laid out for the program that looks before cloud-init starts."""
    south = clones[1]
    south.run(f"mkdir -p /tmp/dmi && echo {AZURE} >/tmp/dmi/chassis_asset_tag")
    south.run("PATH_SYS_CLASS_DMI_ID=/tmp/dmi PATH_RUN=/tmp/found /usr/lib/cloud-init/ds-identify --force")
    here, there = (south.run(f"cat {place}/cloud-init/cloud.cfg") for place in ("/run", "/tmp/found"))
    assert ("Azure" in here, "Azure" in there) == (False, True)


def changed(clone: Clone) -> str:
    """What `rpm -Va` finds, but for what the image's own promise allows."""
    rule = next(check for check in tomllib.loads(TABLE.read_text())["images"]["vm"]["checks"] if check["name"] == "rpm -Va")
    return clone.run(rule["command"], code=rule["code"])


@pytest.fixture
def entries(store) -> dict[str, dict[str, Entry]]:
    """What the disk and its initrd hold, by path."""
    found = {}
    for name in ("vm", "initrd"):
        image = read_note(MADE / name / NOTE)
        assert image
        root = root_of(image, store)
        assert root
        found[name] = {entry.path: entry for entry in root.entries}
    return found


def test_the_image_holds_no_identity(entries, store):
    root = entries["vm"]
    with Contents(store) as contents:
        assert contents.whole(root["/etc/machine-id"]) == b"uninitialized\n"
        shadow = contents.whole(root["/etc/shadow"]).decode()
    assert {line.split(":")[1][:1] for line in shadow.splitlines()} <= {"!", "*"}
    own = ("/etc/ssh/ssh_host_", "/var/lib/systemd/random-seed", "/var/lib/cloud/instance", "/var/lib/dbus/machine-id")
    assert not [path for path in root if path.startswith(own) or path.endswith("/authorized_keys")]


def test_the_image_has_what_azure_asks_for(entries, store):
    """As Microsoft's "Information for community supported and non-endorsed distributions" lists it."""
    for name, wanted in {
        "initrd": ("hv_storvsc", "sd_mod"),
        "vm": ("hv_netvsc", "hv_utils", "hv_balloon", "udf", "isofs"),
    }.items():
        modules = {Path(path).name.partition(".")[0] for path in entries[name] if ".ko" in path}
        assert modules >= set(wanted), name  # the disk, the network and the clock of Hyper-V; and its provisioning disc
    with Contents(store) as contents:
        (path,) = [path for path in entries["vm"] if path.endswith("/modules.builtin")]
        assert b"/hv_vmbus.ko\n" in contents.whole(entries["vm"][path])
        cloud = contents.whole(entries["vm"]["/etc/cloud/cloud.cfg.d/10_alki.cfg"]).decode()
    assert "\ndatasource_list: [NoCloud, Azure, None]\n" in cloud
    uki = (MADE / "vm" / "vm.efi").read_bytes()
    assert b"console=ttyS0" in uki
    assert (MADE / "vm" / "vm.raw").stat().st_size % (1 << 20) == 0


def test_the_root_is_small_enough(entries):
    files = {(entry.package, entry.links) if entry.links else entry.path: entry.size for entry in entries["vm"].values()}
    assert sum(files.values()) <= 350 << 20
