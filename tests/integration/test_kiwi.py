"""An image that kiwi describes, built by the real kiwi from the signed repository; and a disk, for which it lacks devices."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from headwater.errors import Kind
from headwater.toolbox import sandbox

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror]
DISTRO = Path(__file__).parents[2] / "distro"
TABLES = """
[images.theirs]
description = "jq as kiwi makes it"
definition = { type = "kiwi", path = "../kiwi/small.kiwi", profile = "container" }

[images.theirs-disk]
definition = { type = "kiwi", path = "../kiwi/small.kiwi", profile = "machine" }
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("kiwi") / "distro"
    shutil.copytree(DISTRO, place, ignore=shutil.ignore_patterns("out", "build"))
    shutil.copytree(Path(__file__).parent / "kiwi", place / "kiwi")
    (place / "images" / "kiwi.toml").write_text(TABLES)
    return place


def hw(store, project, *words):
    vector = [sys.executable, "-m", "headwater", "--store", str(store.root), "-C", str(project), "--json", *words]
    return subprocess.run(vector, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def archive(store, project) -> Path:
    said = hw(store, project, "image", "build", "theirs")
    assert said.returncode == 0, said.stderr
    (row,) = json.loads(said.stdout)
    assert row["format"] == "container"
    return Path(row["path"])


def test_a_container_as_skopeo_sees_it(archive, toolbox):
    bind = sandbox.Bind(source=archive, target="/tmp/small.tar")
    said = sandbox.run(toolbox, ["skopeo", "inspect", "--config", "oci-archive:/tmp/small.tar"], binds=[bind])
    config = json.loads(said.stdout)["config"]
    assert config["Entrypoint"] == ["/usr/bin/jq"]
    assert config["Labels"]["kind"] == "test"


def test_owners_and_users_are_as_packages_and_description_say(archive, toolbox, tmp_path):
    binds = [
        sandbox.Bind(source=archive, target="/tmp/small.tar"),
        sandbox.Bind(source=tmp_path, target="/tmp/o", writable=True),
    ]
    words = (
        "skopeo copy -q oci-archive:/tmp/small.tar dir:/tmp/o/dir; for f in /tmp/o/dir/*; do tar tvzf $f 2>/dev/null || :; done"
    )
    listed = sandbox.run(toolbox, ["sh", "-c", words], binds=binds).text
    rows = {line.split()[5]: line.split()[:2] for line in listed.splitlines() if len(line.split()) >= 6}
    assert rows["home/alki/"][1].startswith("1000/")
    assert any(owner.endswith(("/shadow", "/42")) for _, owner in rows.values()), "rpm gave files away"
    assert "etc/motd" in rows


def test_only_signed_packages_of_the_project_are_in_it(archive):
    note = json.loads((archive.parent / "image.json").read_bytes())
    names = {package["name"] for package in note["packages"]}
    assert {"jq", "bash", "alki-release"} <= names
    assert {package["origin"] for package in note["packages"]} == {"built", "bridge"}


def test_what_was_built_is_there_the_second_time(store, project, archive):
    stamp = archive.stat().st_mtime_ns
    assert hw(store, project, "image", "build", "theirs").returncode == 0
    assert archive.stat().st_mtime_ns == stamp


def test_an_import_is_a_project_that_is_checked(store, project):
    said = hw(store, project, "image", "import", project / "kiwi" / "small.kiwi", "-o", project / "images" / "imported.toml")
    assert said.returncode == 0, said.stderr
    assert "packages.invalid" not in (project / "images" / "imported.toml").read_text().partition("[images")[2]
    try:
        plans = json.loads(hw(store, project, "image", "plan", "small-container", "small-machine").stdout)
        held = {plan["name"]: {chosen["rpm"]["name"] for chosen in plan["packages"]} for plan in plans}
        assert "jq" in held["small-container"]
        assert "less" in held["small-machine"]
    finally:
        (project / "images" / "imported.toml").unlink()


def test_a_disk_needs_a_loop_device_and_the_error_says_so(store, project):
    said = hw(store, project, "image", "build", "theirs-disk")
    assert said.returncode == Kind.IMAGE.value
    (problem,) = json.loads(said.stderr.splitlines()[-1])["problems"]
    assert "losetup" in problem["why"]
    assert problem["hint"].startswith("hw image import ")
    assert problem["where"]["file"] == "images/kiwi.toml"
    assert not (project / "out" / "images" / "theirs-disk").exists()
