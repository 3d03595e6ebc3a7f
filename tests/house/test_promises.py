"""What must never be in the repository."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOSTS = re.compile(rb"(?:deb|security|snapshot|ftp)\.debian\.org|pypi\.org|pythonhosted\.org|registry\.npmjs\.org")
MACHINE = re.compile(rb"(?<!\w)/work/|/tmp/lab\b")


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.split(b"\0")
    return [path for name in names if name and (path := ROOT / name.decode()).is_file() and path.name != Path(__file__).name]


def test_no_registry_host_and_no_path_of_a_machine_is_committed() -> None:
    for path in tracked():
        content = path.read_bytes()
        assert not HOSTS.search(content), f"{path} names a registry's host"
        assert not MACHINE.search(content), f"{path} names a path of somebody's machine"


def test_no_secret_key_is_committed() -> None:
    for path in tracked():
        assert b"BEGIN PGP PRIVATE" not in path.read_bytes(), f"{path} holds a secret key"
