"""What a user does with a finished world. The first test to ask makes it (`hw world` in distro/, with the usual store)."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from tests.integration.ctrl_c import heed_ctrl_c

from headwater.digest import digest_file
from headwater.errors import Kind

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror, pytest.mark.usefixtures("world")]
DISTRO = Path(__file__).parents[2] / "distro"
DISTROLESS = {f"distroless-{kind}{twin}" for kind in ("static", "base", "cc") for twin in ("", "-debug")}


def hw(store, *words, project=DISTRO, check=True):
    """Run `hw` as a user does."""
    vector = [sys.executable, "-m", "headwater", "--store", store.root, "-C", project, *words]
    result = subprocess.run([str(word) for word in vector], capture_output=True, text=True, check=False)
    assert not check or result.returncode == 0, result.stderr[-4000:]
    return result


def files(folder):
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_second_run_says_so_and_changes_nothing(store):
    before = files(DISTRO)
    answer = json.loads(hw(store, "--json", "world").stdout)
    assert answer["say"].startswith("nothing to do")
    assert files(DISTRO) == before


def test_every_component_is_built_and_every_image_keeps_its_promises(world):
    assert {row["component"] for row in world["packages built"]} >= {"jq", "keyutils", "libaio", "lsscsi", "pigz", "oniguruma"}
    assert {row["channel"] for row in world["repository"]} == {"base", "base-aarch64", "debug", "source"}
    asked = {"base", "immutable", "jq", "python", "vm", "wsl", *DISTROLESS}
    assert {row["image"] for row in world["images"]} == {"initrd", "initrd-immutable", *asked}
    assert {row["image"] for row in world["checks"]} == asked
    assert all(row["kept"] == row["of"] > 0 for row in world["checks"])
    for name in asked:
        results = json.loads((DISTRO / "out" / "results" / f"{name}.json").read_text())
        assert (results["image"], results["passed"]) == (name, True)
        assert {one["family"] for one in results["checks"]} <= {"promise", "policy", "use"}


def test_the_image_lock_is_as_the_repository_has_it(store):
    assert json.loads(hw(store, "--json", "image", "update", "--check").stdout) == []


def test_an_image_lock_that_is_out_of_date_is_refused_and_brought_up_to_date(store, tmp_path):
    project = tmp_path / "distro"
    shutil.copytree(DISTRO, project, ignore=shutil.ignore_patterns("out", "build"))
    lock = project / "images.lock"
    held = lock.read_text()
    lock.write_text(re.sub(r"(?m)^tzdata .*", "tzdata 1999a-1^bridge noarch", held))
    before = lock.read_text()
    refused = hw(store, "--json", "image", "build", "distroless-static", project=project, check=False)
    assert refused.returncode == Kind.IMAGE.value
    (problem,) = json.loads(refused.stderr.splitlines()[-1])["problems"]
    assert (problem["where"]["file"], problem["hint"]) == ("images.lock", "hw image update distroless-static")
    assert not (project / "out" / "images" / "distroless-static").exists()
    (moved,) = json.loads(hw(store, "-n", "--json", "image", "update", "distroless-static", project=project).stdout)
    assert (moved["package"], moved["change"]) == ("tzdata", "updated")
    assert lock.read_text() == before
    hw(store, "image", "update", project=project)
    assert lock.read_text() == held


def test_a_dry_build_is_a_plan_and_makes_nothing(store):
    place = DISTRO / "out" / "images"
    before = files(place)
    plan = hw(store, "--json", "image", "plan", "vm").stdout
    assert json.loads(hw(store, "-n", "--json", "image", "build", "vm").stdout) == json.loads(plan)
    assert files(place) == before


def test_the_tests_that_an_image_names_run(store):
    rows = json.loads(hw(store, "--json", "image", "test", "base").stdout)
    assert {row["test"].partition(":")[0] for row in rows} == {"layout"}
    assert all(row["passed"] for row in rows)
    report = json.loads((DISTRO / "out" / "results" / "base-tests.json").read_text())
    assert (report["passed"], len(report["checks"])) == (True, len(rows))


@pytest.mark.parametrize(
    ("thing", "kinds"),
    [
        ("jq", {"component", "build", "overlay", "upstream"}),
        ("base:/usr/bin/jq", {"file", "package", "build", "upstream"}),
        ("bash", {"package"}),
        ("jq:/usr/bin/jq", {"file", "package", "build", "upstream"}),
    ],
)
def test_why_follows_a_thing_to_where_it_began(store, thing, kinds):
    links = json.loads(hw(store, "--json", "why", thing).stdout)["links"]
    assert kinds <= {link["kind"] for link in links}


def test_why_tells_whose_reason_a_spec_line_has(store):
    rendered = DISTRO / "out" / "specs" / "j" / "jq" / "jq.spec"
    line = 1 + next(number for number, text in enumerate(rendered.read_text().splitlines()) if text.startswith("License:"))
    links = json.loads(hw(store, "--json", "why", f"jq.spec:{line}").stdout)["links"]
    (overlay,) = [link for link in links if link["kind"] == "overlay"]
    place = overlay["where"]
    assert overlay["reason"]
    assert "components.jq.overlays" in "".join((DISTRO / place["file"]).read_text().splitlines()[place["line"] - 1])


def test_why_of_what_is_not_there_names_what_is_near(store):
    result = hw(store, "why", "jqq", check=False)
    assert result.returncode == Kind.USAGE.value
    assert "`jq`" in result.stderr


def test_rendering_again_finds_no_drift(store):
    hw(store, "render", "--check")


def test_drift_is_told(store, tmp_path):
    project = tmp_path / "distro"
    shutil.copytree(DISTRO, project, ignore=shutil.ignore_patterns("out", "build"))
    spec = next((project / "specs").rglob("*.spec"))
    spec.write_text(spec.read_text() + "# edited by hand\n")
    result = hw(store, "render", "--check", project=project, check=False)
    assert result.returncode == Kind.DRIFT.value
    assert spec.name in result.stderr


def test_each_hunk_of_a_diff_stands_under_its_reason(store):
    text = hw(store, "diff", "lsscsi").stdout
    descriptions = [
        line for line in (DISTRO / "components" / "lsscsi.toml").read_text().splitlines() if line.startswith("desc")
    ]
    said = [line.split('"')[1] for line in descriptions[1:]]
    assert said
    assert all(one in text for one in said)


def test_a_new_reason_rebuilds_nothing(store, tmp_path):
    project = tmp_path / "distro"
    shutil.copytree(DISTRO, project, ignore=shutil.ignore_patterns("out", "build"))
    path = project / "components" / "lsscsi.toml"
    path.write_text(path.read_text().replace('description = "', 'description = "Better said: '))
    rows = json.loads(hw(store, "--json", "build", "--why", project=project).stdout)
    assert rows
    assert [row["component"] for row in rows if row["build"]] == []


def test_a_changed_overlay_rebuilds_its_component_and_says_why(store, tmp_path):
    project = tmp_path / "distro"
    shutil.copytree(DISTRO, project, ignore=shutil.ignore_patterns("out", "build"))
    path = project / "components" / "lsscsi.toml"
    release = f"2.{time.time_ns()}"  # one that no other run has built
    path.write_text(path.read_text().replace('value = "1%{?dist}"', f'value = "{release}%{{?dist}}"'))
    rows = json.loads(hw(store, "--json", "build", "--why", project=project).stdout)
    (row,) = [row for row in rows if row["build"]]
    assert row["component"] == "lsscsi"
    assert "lsscsi.spec" in row["reason"]


def test_a_forced_build_gives_the_same_bytes(store):
    def payloads():
        rows = msgspec.convert(json.loads(hw(store, "--json", "build", "lsscsi").stdout), list[dict])
        return next(row for row in rows if row["component"] == "lsscsi")["packages"], digests()

    def digests():
        return {path.name: digest_file(path) for path in sorted((DISTRO / "out" / "repo").rglob("lsscsi*.rpm"))}

    before = payloads()
    hw(store, "build", "--force", "lsscsi")
    hw(store, "repo", "publish")
    assert payloads() == before


MORE = """
[[components.sg3_utils.overlays]]
type = "spec-append-lines"
section = "%description"
lines = ["Changed by a test, never before: {}."]
description = "One overlay more, so that the longest build has to begin anew"
"""


def test_ctrl_c_in_the_middle_of_a_build_leaves_nothing_half_done(store, tmp_path):
    project = tmp_path / "distro"
    shutil.copytree(DISTRO, project, ignore=shutil.ignore_patterns("out", "build"))
    with (project / "components" / "sg3_utils.toml").open("a") as file:
        file.write(MORE.format(time.time_ns()))  # no store holds it yet
    vector = [sys.executable, "-m", "headwater", "--store", str(store.root), "-C", str(project), "build", "sg3_utils"]
    process = subprocess.Popen(
        vector,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
        preexec_fn=heed_ctrl_c,  # noqa: PLW1509 no thread runs here
    )
    time.sleep(6)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == Kind.INTERRUPTED.value, said
    assert "Traceback" not in said
    rows = json.loads(hw(store, "--json", "build", "--why", "sg3_utils", project=project).stdout)
    assert [row["component"] for row in rows if row["build"]] == ["sg3_utils"]


def test_two_at_once_give_one_answer(store):
    vector = [sys.executable, "-m", "headwater", "--store", str(store.root), "-C", str(DISTRO), "--json", "repo", "check"]
    both = [subprocess.Popen(vector, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, second = (process.communicate(timeout=300)[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert json.loads(first) == json.loads(second)
