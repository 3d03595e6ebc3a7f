"""Alki for WSL, imported as WSL does it, by its archive alone: systemd starts as process 1, and the first run makes a user.

Real owners need root. The rest of WSL - Windows' side of it - is not here.
"""

import gzip
import os
import signal
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.image.wsl import write_wsl

pytestmark = pytest.mark.toolbox
DISTRO = Path(__file__).parents[2] / "distro"
ARCHIVE = DISTRO / "out" / "images" / "wsl" / "wsl.wsl"
ASK = """
[Unit]
After=multi-user.target
[Service]
ExecStart=/ask
"""
# what the last line says ends the container: process 1 leaves with 7 only if systemd is what it asks
QUESTIONS = r"""#!/bin/sh
exec >/answers 2>&1
systemctl is-system-running --wait
systemctl --failed --no-legend --plain
cat /proc/1/comm
printf 'robin\nlong as a river\nlong as a river\n' | /usr/lib/wsl/oobe.sh >/said 2>&1
echo "first run: $?"
stat -c '%n %u:%g %a' /home/robin /home/robin/.bashrc
test "$(cat /etc/skel/.bashrc)" = "$(cat /home/robin/.bashrc)" && echo as in skel
systemd-run --quiet --wait --pipe -p PAMName=login -p User=robin -p WorkingDirectory=~ -- \
  sh -c 'echo "$USER $(pwd) $(id -u) $XDG_RUNTIME_DIR"; systemctl --user is-system-running --wait'
systemctl exit 7
"""


def test_the_same_archive_twice_without_name_and_time(toolbox, tmp_path):
    content = b"not quite a tar" * 9999
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_wsl(lambda file: file.write(content), tmp_path / name / f"{name}.wsl", toolbox)
    made = (tmp_path / "one" / "one.wsl").read_bytes()
    assert made == (tmp_path / "two" / "two.wsl").read_bytes()
    assert made[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"  # RFC 1952: no name, no comment, no time
    assert gzip.decompress(made) == content


@pytest.mark.world
@pytest.mark.usefixtures("world")
def test_the_archive_as_wsl_reads_it():
    with tarfile.open(ARCHIVE, "r:gz") as tar:
        members = {member.name: member for member in tar}
        passwd = tar.extractfile("etc/passwd")
        assert passwd
        assert passwd.readline().startswith(b"root:x:0:0:")
    for name, mode in (("etc/wsl.conf", 0o644), ("etc/wsl-distribution.conf", 0o644), ("usr/lib/wsl/oobe.sh", 0o755)):
        assert (members[name].uid, members[name].gid, members[name].mode) == (0, 0, mode)
    assert "etc/resolv.conf" not in members
    assert not [name for name in members if name.startswith("boot/") or name.endswith("/vmlinuz")]


@pytest.fixture
def cgroup() -> Iterator[Path]:
    """A control group of version 2 for one container."""
    unified = Path("/sys/fs/cgroup")
    base = unified if (unified / "cgroup.controllers").exists() else unified / "unified"
    place = base / f"headwater-test-{os.getpid()}"
    try:
        place.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    yield place
    for left in (place / "cgroup.procs").read_text().split():
        os.kill(int(left), signal.SIGKILL)
    for folder in (*sorted((each for each in place.rglob("*") if each.is_dir()), reverse=True), place):
        folder.rmdir()


@pytest.mark.root
@pytest.mark.world
@pytest.mark.usefixtures("world")
def test_systemd_starts_and_the_first_run_makes_a_user(cgroup, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    subprocess.run(["tar", "--numeric-owner", "-xpf", ARCHIVE, "-C", root], check=True)
    units = root / "etc" / "systemd" / "system"
    (units / "multi-user.target.wants").mkdir(exist_ok=True)
    (units / "multi-user.target.wants" / "ask.service").symlink_to("../ask.service")
    (units / "ask.service").write_text(ASK)
    (root / "ask").write_text(QUESTIONS)
    (root / "ask").chmod(0o755)
    code = subprocess.run(as_process_one(root, cgroup), stdin=subprocess.DEVNULL, check=False, timeout=120).returncode
    answers = (root / "answers").read_text() if (root / "answers").exists() else "none"
    assert answers.splitlines() == [
        "running",
        "systemd",
        "first run: 0",
        "/home/robin 1000:1000 700",
        "/home/robin/.bashrc 1000:1000 644",
        "as in skel",
        "robin /home/robin 1000 /run/user/1000",
        "running",
    ]
    assert code == 7


def as_process_one(root: Path, cgroup: Path) -> list[str]:
    """The command that starts /sbin/init as process 1 of a container which has this control group for its own."""
    words = ["bwrap", "--die-with-parent", "--new-session", "--as-pid-1", "--cap-add", "ALL", "--clearenv"]
    words += [f"--unshare-{each}" for each in ("pid", "ipc", "uts", "net", "cgroup")]
    words += ["--bind", str(root), "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/run", "--tmpfs", "/tmp"]
    words += ["--bind", str(cgroup), "/sys/fs/cgroup", "--setenv", "container", "wsl", "--setenv", "PATH", "/usr/sbin:/usr/bin"]
    return ["sh", "-c", 'echo $$ >"$0/cgroup.procs"; exec "$@"', str(cgroup), *words, "--", "/sbin/init"]
