"""`hw build` and what it says of build roots, as a user types it, on the distribution's own project and usual store."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from headwater.errors import Kind

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror, pytest.mark.usefixtures("world")]
DISTRO = Path(__file__).parents[2] / "distro"


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("words") / "distro"
    shutil.copytree(DISTRO, place, ignore=shutil.ignore_patterns("out", "build"))
    return place


@pytest.fixture
def oniguruma(project):
    """The spec, as it is again afterwards."""
    spec = project / "specs-src" / "oniguruma" / "oniguruma.spec"
    held = spec.read_text()
    yield spec
    spec.write_text(held)


def hw(store, project, *words, code=0):
    """What `hw` answers, or (where it ends with another code) the problems it tells."""
    vector = [sys.executable, "-m", "headwater", "--store", store.root, "-C", project, "--json", *words]
    result = subprocess.run([str(word) for word in vector], capture_output=True, text=True, check=False)
    assert result.returncode == code, result.stderr[-4000:]
    return json.loads(result.stderr.splitlines()[-1])["problems"] if code else json.loads(result.stdout)


def test_the_lock_of_build_roots_is_as_the_bridge_and_the_specs_have_it(store, project):
    assert hw(store, project, "build", "--lock", "--check") == []


def test_a_lock_that_is_out_of_date_stops_builds_and_is_brought_up_to_date(store, project):
    lock = project / "build-roots.lock"
    held = lock.read_text()
    other = "gcc 4:1.0-1^bridge x86_64 " + "0" * 64
    lock.write_text("".join(f"{other}\n" if line.startswith("gcc 4:") else f"{line}\n" for line in held.splitlines()))
    before = lock.read_text()
    assert before != held
    (problem,) = hw(store, project, "build", "--why", "jq", code=Kind.BUILD.value)
    assert (problem["where"]["file"], problem["hint"]) == ("build-roots.lock", "hw build --lock")
    (moved,) = hw(store, project, "-n", "build", "--lock")
    assert (moved["package"], moved["before"], "jq" in moved["roots"]) == ("gcc", "4:1.0-1^bridge", True)
    assert lock.read_text() == before
    hw(store, project, "build", "--lock", "--check", code=Kind.DRIFT.value)
    hw(store, project, "build", "--lock")
    assert lock.read_text() == held


def test_a_typo_in_a_spec_is_told_at_its_line(store, project, oniguruma):
    oniguruma.write_text(oniguruma.read_text().replace("\nBuildRequires:", "\nBuildRequires: automakee\nBuildRequires:", 1))
    (problem,) = hw(store, project, "build", "--why", "oniguruma", code=Kind.BUILD.value)
    assert problem["where"]["file"].endswith("oniguruma.spec")
    assert problem["where"]["line"] > 1
    assert "did you mean `automake`?" in problem["why"]


def test_roots_are_compared_and_looked_into(store, project):
    moves = {
        (move["what"], move["name"]): move["change"] for move in hw(store, project, "build", "oniguruma", "--root-diff", "jq")
    }
    assert moves["package", "libtool"] == "added"
    assert {what for what, _ in moves} == {"package", "file"}
    hw(store, project, "build", "jq")
    assert hw(store, project, "build", "jq", "--root-diff", "last") == []
    assert hw(store, project, "build", "--root-check") == []
    assert {row["component"]: row["own"] for row in hw(store, project, "list", "--stage")}["jq"] == 2
    (problem,) = hw(store, project, "build", "--root-diff", "jq", code=Kind.USAGE.value)
    assert problem["hint"]


def test_a_build_with_options_of_its_own_leaves_the_usual_one_as_it_is(store, project):
    hw(store, project, "build", "lsscsi")
    (step,) = hw(store, project, "build", "lsscsi", "--define", "of_a_test=1", "--why")
    assert (step["component"], step["build"]) == ("lsscsi", True)
    assert "%define of_a_test 1" in {move["after"] for move in step["moves"] if move["what"] == "line"}
    hw(store, project, "build", "lsscsi", "--define", "of_a_test=1", "--with", "nothing")
    (step,) = hw(store, project, "build", "lsscsi", "--why")
    assert (step["build"], step["reason"], step.get("moves")) == (False, "cached", None)
    for words in (("--with", "x"), ("lsscsi", "--define", "x"), ("lsscsi", "--local-unsigned"), ("jq", "--lock", "--no-check")):
        hw(store, project, "build", *words, code=Kind.USAGE.value)


def test_a_check_is_left_out_only_once(store, project):
    hw(store, project, "build", "jq")
    (_, step) = hw(store, project, "build", "jq", "--no-check", "--why")
    assert {"# hw build --no-check", "exit 0"} <= {move["after"] for move in step["moves"]}


def test_a_folder_of_packages_is_trusted_only_where_the_user_says_so(store, project, oniguruma, small_rpms, tmp_path):
    for name in ("alpha", "beta"):
        shutil.copy(store.path(small_rpms[name].digest), tmp_path / f"{name}.rpm")
    text = oniguruma.read_text().replace("\nBuildRequires:", "\nBuildRequires: alpha\nBuildRequires:", 1)
    oniguruma.write_text(text.replace("%build\n", "%build\necho here is $(cat /usr/share/alpha/file); exit 7\n", 1))
    words = ("build", "oniguruma", "--local-repo", tmp_path)
    problems = hw(store, project, *words, code=Kind.SIGNATURE.value)
    assert "alpha" in problems[0]["what"]
    (problem,) = hw(store, project, *words, "--local-unsigned", code=Kind.BUILD.value)
    assert "%build" in problem["what"]
    assert "here is alpha" in problem["why"]


def test_the_cycle_of_the_distribution_is_shown_proved_and_drawn(store, project, tmp_path):
    (circle,) = hw(store, project, "bootstrap", "--prove")
    assert circle["members"] == ["python-flit-core", "python-installer"]
    assert circle["first"] == ["python-flit-core"]
    assert (circle["proved"]["usual"], circle["proved"]["generation"]) == (1, 1)
    assert [step["where"].rpartition("/")[2].partition(":")[0] for step in circle["chain"]] == [
        "python-flit-core.spec",
        "python-installer.spec",
    ]
    assert hw(store, project, "bootstrap", "python-installer") == [circle]
    assert hw(store, project, "bootstrap", "jq") == []
    rows = hw(store, project, "build", "jq", "--graph")
    assert {row["build"] for row in rows} == {"jq", "oniguruma"}
    words = ("build", "python-idna", "--graph", tmp_path / "idna.svg")
    subprocess.run([sys.executable, "-m", "headwater", "-q", "--store", store.root, "-C", project, *words], check=True)
    assert b"flit&#45;core:bootstrap" in (tmp_path / "idna.svg").read_bytes()
    (problem,) = hw(store, project, "build", "--graph", "jq", code=Kind.USAGE.value)
    assert problem["hint"].startswith("hw build jq --graph")


def test_a_cycle_that_nothing_breaks_stops_it_and_is_drawn(store, project, tmp_path):
    component = project / "components" / "python-flit-core.toml"
    spec = project / "specs-src" / "python-flit-core" / "python-flit-core.spec"
    held = component.read_text(), spec.read_text()
    text = held[0]
    begin, end = text.index("[components.python-flit-core.build.bootstrap]"), text.index("[[components.python-flit-core.source")
    component.write_text(text[:begin] + text[end:])
    spec.write_text(held[1].replace("bootstrap", "unpacked"))
    try:
        for words in (["build", "python-idna"], ["bootstrap"], ["build", "--graph", tmp_path / "wrong.dot"]):
            (problem,) = hw(store, project, *words, code=Kind.BUILD.value)
            assert (problem["where"]["file"].rpartition("/")[2], problem["where"]["line"] > 1) == (
                "python-flit-core.spec",
                True,
            )
        assert '"python-flit-core" -> "python-installer"' in (tmp_path / "wrong.dot").read_text()
        assert hw(store, project, "build", "--why", "jq")
    finally:
        component.write_text(held[0])
        spec.write_text(held[1])
