"""The host of containers, once in a guest: it keeps its promises, and runs images of ours, alone and on a network."""

import tarfile
from collections.abc import Iterator

import pytest
import re2

from headwater.compose import compose_images
from headwater.image.machine import Machine, seen_drive
from headwater.image.model import Image
from headwater.image.serial import Console
from headwater.image.verbs import boot
from headwater.request import open_workshop

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror, pytest.mark.guest]
OURS = ("base", "distroless-base")
MINE = "10.0.2.15"  # the guest's address in QEMU's network
CRUN = "ctr run --runtime io.containerd.runc.v2 --runc-binary crun"
SYSTEMD = "--runc-systemd-cgroup --cgroup machine.slice:ctr"  # as pods have it: NAME is a scope of systemd's
NETWORK = """cat >/etc/cni/net.d/10-test.conflist <<'END'
{
  "cniVersion": "1.0.0",
  "name": "test",
  "plugins": [
    {
      "type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "ipMasqBackend": "nftables",
      "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.88.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}
    },
    {
      "type": "portmap", "backend": "nftables",
      "runtimeConfig": {"portMappings": [{"hostPort": 8000, "containerPort": 80, "protocol": "tcp"}]}
    }
  ]
}
END"""
ANSWER = 'BEGIN { line = "/inet/tcp/80/0/0"; line |& getline asked; print "container heard", asked |& line; close(line) }'
ASK = 'exec 3<>/dev/tcp/{}; echo "{}" >&3; cat <&3'


@pytest.fixture(scope="module")
def images(asked, repository) -> dict[str, Image]:
    return compose_images(asked, open_workshop(asked), repository, ("host", *OURS))


@pytest.fixture(scope="module")
def host(images, toolbox, store, tmp_path_factory) -> Iterator[Console]:
    """The host's console; its further disks are archives of OURS, and its web server says `hello from outside`."""
    work = tmp_path_factory.mktemp("host")
    for name in OURS:
        with tarfile.open(work / name, "w") as tar:
            tar.add(images[name].artefact("oci").path, arcname=".")
    (work / "web").mkdir()
    (work / "web" / "hello").write_text("hello from outside\n")
    machine = Machine(disk=images["host"].artefact("raw").path, drives=tuple(work / name for name in OURS), serve=work / "web")
    with boot(machine, toolbox, store, log=work / "console") as console:
        assert console.run("systemctl is-system-running --wait", 300) == (0, "running")
        for number, name in enumerate(OURS, 1):
            said = console.run(f"ctr image import --base-name alki/{name} {seen_drive(number)}", 300)
            assert said[0] == 0, said
        yield console


def test_its_promises(host, asked):
    for check in asked.project.images["host"].checks:
        code, said = host.run(check.command, 300)
        assert code == check.code, (check.name, said)
        assert re2.search(check.match, said), (check.name, said)


def test_base_runs_as_its_own_user(host):
    words = "sh -c '. /etc/os-release; echo $ID $(id -un) $(jq -n 1+1)'"
    assert host.run(f"{CRUN} --rm alki/base:0 one {words}", 300) == (0, "alki alki 2")


def test_a_dynamic_program_runs_in_distroless_and_finds_its_user(host):
    bind = "--mount type=bind,src=/usr/bin/whoami,dst=/whoami,options=bind:ro"
    assert host.run(f"{CRUN} --rm {bind} alki/distroless-base:0 two /whoami", 300) == (0, "nonroot")


def test_distroless_has_no_shell_to_run(host):
    code, said = host.run(f"{CRUN} --rm alki/distroless-base:0 three sh -c true", 300)
    assert code != 0
    assert "`sh` not found" in said


def test_a_container_on_a_network_is_reached_and_reaches_out(host):
    assert host.run(NETWORK, 60)[0] == 0
    started = host.run(f"{CRUN} -d --user 0 --cni {SYSTEMD}:web alki/base:0 web gawk '{ANSWER}'", 300)
    assert started[0] == 0, started
    assert host.run("systemctl is-active ctr-web.scope", 60) == (0, "active")
    assert host.run(ASK.format(f"{MINE}/8000", "the host's port"), 60) == (0, "container heard the host's port")
    reach = ASK.format("10.0.2.2/8080", "GET /hello HTTP/1.0\n")
    said = host.run(f"{CRUN} --rm --cni alki/base:0 out bash -c '{reach}'", 300)
    assert said[0] == 0
    assert said[1].endswith("hello from outside")
