"""What is said about architectures that cannot be."""

from pathlib import Path

import pytest

from headwater.config import load
from headwater.errors import Failure

DISTRO = """
[project]
default-distro = { name = "small", version = "1" }
[distros.small]
default-version = "1"
[distros.small.versions.1]
"""
IMAGE = """
[images.small]
kind = "oci"
architectures = ["amd64", "arm64"]
packages = [{ names = ["jq"], reason = "a test" }]
"""
FOREIGN = """
[bridge]
suite = "forky"
[[bridge.foreign]]
architecture = "arm64"
lock = "arm64.lock"
packages = [{ names = ["libc6"], reason = "a test" }]
"""
DISK = """
[images.big]
kind = "disk"
architectures = ["amd64", "arm64"]
packages = [{ names = ["jq"], reason = "a test" }]
[images.big.disk]
initrd = "first"
[images.first]
kind = "initrd"
packages = [{ names = ["jq"], reason = "a test" }]
"""


def told(text: str, tmp_path: Path) -> list[str]:
    (tmp_path / "headwater.toml").write_text(DISTRO + text)
    with pytest.raises(Failure) as failure:
        load(tmp_path)
    return [problem.what for problem in failure.value.problems]


def test_a_container_image_may_have_a_twin(tmp_path):
    (tmp_path / "headwater.toml").write_text(DISTRO + IMAGE + FOREIGN)
    project = load(tmp_path)
    assert project.images["small"].architectures == ("amd64", "arm64")
    assert project.bridge.foreign[0].architecture == "arm64"


def test_an_image_that_begins_with_one_with_twins_has_none(tmp_path):
    (tmp_path / "headwater.toml").write_text(f'{DISTRO}{IMAGE}[images.next]\nfrom = "small"\n')
    assert load(tmp_path).images["next"].architectures == ()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (IMAGE.replace('"arm64"]', '"arm46"]'), "`arm46` is no architecture that is known here"),
        (IMAGE.replace('"amd64", ', ""), "image `small` leaves this machine out"),
        (IMAGE + '[[images.small.finishers]]\nname = "ldconfig"\narchitectures = ["x86"]\nreason = "x"\n', "`x86` is no arch"),
        (DISK, "image `big` can have no twin"),
        (FOREIGN.replace('"arm64"', '"amd64"'), "`amd64` is no foreign architecture"),
        (FOREIGN.replace('packages = [{ names = ["libc6"], reason = "a test" }]', ""), "nothing is bridged for `arm64`"),
        (
            IMAGE + '[[images.small.checks]]\nname = "c"\ncommand = "true"\narchitecture = "arm64"\nreason = "x"\n',
            "`c` can be asked by the toolbox alone",
        ),
        (
            IMAGE.replace(', "arm64"', "")
            + '[[images.small.checks]]\nname = "c"\ncommand = "true"\ntoolbox = true\narchitecture = "arm64"\nreason = "x"\n',
            "`c` asks a twin that image `small` does not have",
        ),
    ],
)
def test_what_can_not_be_is_told(text, what, tmp_path):
    assert [one for one in told(text, tmp_path) if what in one]
