"""`hw image shell`: a command in a scratch copy of an image, as its user or as root."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from headwater.errors import Kind

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror]
DISTRO = Path(__file__).parents[2] / "distro"


def shell(store, *words, stdin=""):
    vector = [sys.executable, "-m", "headwater", "--store", str(store.root), "-C", str(DISTRO), "--json", "image", "shell"]
    return subprocess.run([*vector, *words], input=stdin, capture_output=True, text=True, check=False)


def test_a_shell_as_the_images_user_where_containers_start(store):
    said = shell(store, "base", stdin="id -un; pwd; echo $LANG; echo new > note && cat note; ls -d /run/headwater/base\n")
    assert said.returncode == 0, said.stderr
    assert said.stdout.split() == ["alki", "/home/alki", "C.UTF-8", "new", "/run/headwater/base"]
    assert shell(store, "base", "--", "test", "-e", "note").returncode == 1, "nothing of a shell stays"


def test_root_may_change_everything(store):
    said = shell(store, "--root", "base", "--", "sh", "-c", "rm /etc/os-release; id -u; echo $HOME; exit 7")
    assert (said.returncode, said.stdout) == (7, "0\n/root\n")


def test_a_program_needs_no_shell(store):
    assert shell(store, "jq", "--", "jq", "-n", "1+1").stdout == "2\n"


def test_an_image_without_a_shell_names_its_twin(store):
    said = shell(store, "distroless-base")
    assert said.returncode == Kind.IMAGE.value
    (problem,) = json.loads(said.stderr.splitlines()[-1])["problems"]
    assert problem["hint"] == "hw image shell distroless-base-debug"
    assert "nonroot" in shell(store, "distroless-base-debug", stdin="id\n").stdout


def test_a_disk_is_booted_instead(store):
    said = shell(store, "vm")
    assert said.returncode == Kind.USAGE.value
    assert "hw image boot vm" in said.stderr
