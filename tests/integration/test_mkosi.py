"""A project of mkosi's own, as the how-to writes it, on the distribution's repository: by the right key, and by another."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from headwater.toolbox import Toolbox, open_toolbox

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror, pytest.mark.root]
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "use-mkosi.md"
PEERS = ROOT / "bench" / "images"  # mkosi lies in the toolbox of the benchmarks' peers
KEYS = "mkosi.sandbox/etc/pki/rpm-gpg"
SERVED = "/media/base"


@pytest.fixture(scope="module")
def box(store) -> Toolbox:
    lock = PEERS / "peers.lock"
    wanted = re.findall(r"^@want (\S+)$", lock.read_text(), re.MULTILINE)
    return open_toolbox("forky", wanted, lock, store)


@pytest.fixture
def project(tmp_path) -> Path:
    """The page's mkosi.conf, its mirror where the sandbox has the repository."""
    (found,) = re.findall(r"```ini\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "mkosi.conf").write_text(re.sub(r"(?m)^LocalMirror=.*$", f"LocalMirror=file://{SERVED}", found))
    (tmp_path / KEYS).mkdir(parents=True)
    return tmp_path


def mkosi(box: Toolbox, project: Path, repository: Path, key: Path) -> subprocess.CompletedProcess[str]:
    (name,) = re.findall(r"RPM-GPG-KEY-\S+", PAGE.read_text())
    shutil.copy(key, project / KEYS / name)
    vector = ["bwrap", "--die-with-parent", "--cap-add", "ALL", "--unshare-net", "--unshare-pid"]
    vector += ["--ro-bind", str(box.root), "/", "--dev", "/dev", "--proc", "/proc"]
    for place in ("/tmp", "/run", "/var/tmp", "/var/cache"):
        vector += ["--tmpfs", place]
    vector += ["--ro-bind", str(repository), "/media", "--bind", str(project), "/srv", "--chdir", "/srv"]
    env = {"PATH": "/usr/sbin:/usr/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}
    return subprocess.run([*vector, "mkosi", "--force", "build"], env=env, capture_output=True, text=True, check=False)


def test_mkosi_makes_an_image_of_our_packages(box, project, repository):
    said = mkosi(box, project, repository.path, repository.path / "key.asc")
    assert said.returncode == 0, said.stderr
    assert "\nID=alki\n" in (project / "image/usr/lib/os-release").read_text()
    words = ["bwrap", "--unshare-all", "--ro-bind", project / "image", "/", "jq", "--version"]
    assert subprocess.run(words, capture_output=True, check=False).stdout.startswith(b"jq-")


def test_mkosi_takes_no_package_that_another_key_signed(box, project, repository, other_key, tmp_path):
    (tmp_path / "other.asc").write_bytes(other_key.public)
    said = mkosi(box, project, repository.path, tmp_path / "other.asc")
    assert said.returncode != 0
    assert re.search("key|signature", said.stderr, re.IGNORECASE)
