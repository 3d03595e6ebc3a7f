"""The tests that an image names: which, for whom, and what pytest and tmt say of it."""

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import msgspec
import pytest

from headwater.config import suites as s
from headwater.config.images import Capabilities, ImageKind, ImageRule, ImageTests, SuiteRef
from headwater.config.model import Project
from headwater.errors import Failure, Kind
from headwater.image.junit import read_junit
from headwater.image.model import Artefact, Image
from headwater.image.reach import Way
from headwater.image.suites import Surroundings, able, named_tests, path_of, run_tests
from headwater.image.tmt import by_ssh, provision, run_plan
from headwater.store import Store
from headwater.toolbox import Toolbox

REF = "0" * 40
BAD = "import pytest\ndef test_no():\n    assert 1 == 2\n@pytest.mark.skip('later')\ndef test_x(): ...\n"
GOOD = "import sys\ndef test_path(image):\n    assert image == '/out/small.raw'\n"
CONFTEST = """
import pytest
def pytest_addoption(parser):
    parser.addoption("--image")
    parser.addoption("--able")
@pytest.fixture
def image(request):
    assert request.config.getoption("--able") == "container,systemd {unknown}"
    return request.config.getoption("--image")
"""
IMAGE = Image(
    name="small",
    kind="disk",
    key="k",
    artefacts=(
        Artefact(format="qcow2", path=Path("/out/small.qcow2"), digest="sha256:1", size=1),
        Artefact(format="raw", path=Path("/out/small.raw"), digest="sha256:2", size=1),
    ),
    packages=(),
    seconds=0,
    cached=False,
)
ABLE = Capabilities(container=True, systemd=True, machine_bootable=False)


def suite(folder, **more):
    extra = ("--image={image-path}", "--able={capabilities} {unknown}", "-p", "no:cacheprovider")
    return s.Pytest(**{"working_dir": str(folder), "test_paths": ("test_*.py",), "extra_args": extra, **more})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # our own plug-ins take longer to load than these tests to run
    place = tmp_path / "tests"
    place.mkdir()
    (place / "conftest.py").write_text(CONFTEST)
    (place / "test_good.py").write_text(GOOD)
    return place


def run(tmp_path, *tests, tests_table=None, **project):
    named = {test.name: test for test in tests}
    rule = ImageRule(
        name="small",
        kind=ImageKind.DISK,
        capabilities=ABLE,
        tests=tests_table or ImageTests(tests=tuple(s.TestRef(name=name) for name in named)),
    )
    around = Surroundings(
        root=tmp_path,
        repository=tmp_path / "repo",
        toolbox=Toolbox(root=tmp_path / "toolbox", key=""),
        work=tmp_path / "work",
        logs=tmp_path / "logs",
        store=Store(tmp_path / "store"),
        offline=True,
    )
    return run_tests(IMAGE, rule, Project(root=tmp_path, tests=named, **project), around)


def test_suites_come_first_groups_are_taken_apart_and_each_counts_once():
    one, two = (s.Test(name=name, type="lisa") for name in ("one", "two"))
    old = s.TestSuite(name="old", type="lisa")
    groups = {
        "all": s.TestGroup(tests=(s.TestRef(name="two"), s.TestRef(group="some"))),
        "some": s.TestGroup(tests=(s.TestRef(name="one"), s.TestRef(name="two"))),
    }
    project = Project(root=Path(), tests={"one": one, "two": two}, test_groups=groups, test_suites={"old": old})
    table = ImageTests(test_suites=(SuiteRef(name="old"),), tests=(s.TestRef(group="all"), s.TestRef(name="one")))
    assert [each.name for each in named_tests(ImageRule(tests=table), project)] == ["old", "two", "one"]


def test_what_stands_for_an_image():
    assert path_of(IMAGE) == Path("/out/small.raw")
    assert able(ABLE) == ("container", "systemd")


def test_pytest_sees_the_image_by_placeholders(tmp_path, folder):
    (folder / "test_bad.py").write_text(BAD)
    found = {one.name: one for one in run(tmp_path, s.Test(name="smoke", type="pytest", pytest=suite(folder)))}
    assert found["smoke: test_good.test_path"].passed
    assert not found["smoke: test_bad.test_no"].passed
    assert "assert 1 == 2" in found["smoke: test_bad.test_no"].output
    assert found["smoke: test_bad.test_x"].skipped == "later"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"test_paths": ("nothing_*.py",)}, "finds no test"),
        ({"test_paths": ("../*.py",)}, "below the working folder"),
        ({"extra_args": ("--unheard-of",)}, "not run to its end"),
        ({"extra_args": ("-k", "nothing")}, "not run to its end"),
        ({"install": "requirements"}, "`requirements.txt` is not there"),
    ],
)
def test_a_suite_that_does_not_run_is_a_failed_result_and_stops_no_other(tmp_path, folder, more, said):
    bad = s.Test(name="bad", type="pytest", pytest=suite(folder, **more))
    good = s.Test(name="good", type="pytest", pytest=suite(folder))
    first, second = run(tmp_path, bad, good)
    assert (first.name, first.passed) == ("bad", False)
    assert said in first.output
    assert second.passed


def test_lisa_and_what_the_image_cannot_do_are_skipped_with_the_reason(tmp_path, folder):
    lisa = s.Test(name="cloud", type="lisa", lisa=s.Lisa(framework=s.GitSource(git_url="x", ref=REF), test_cases=("a",)))
    boot = s.Test(name="boot", type="pytest", pytest=suite(folder), required_capabilities=("machine-bootable", "systemd"))
    first, second = run(tmp_path, lisa, boot)
    assert "LISA" in first.skipped
    assert "machine-bootable" in second.skipped
    assert "systemd" not in second.skipped


TMT = """#!{python}
import sys
place = sys.argv[sys.argv.index("--file") + 1]
root = sys.argv[sys.argv.index("--root") + 1]
said = " ".join(sys.argv[1:]) + " " + open(root + "/plan").read()
case = '<testcase name="/boot/one"><system-out>' + said + '</system-out></testcase>'
open(place, "w").write("<testsuites><testsuite>" + case + "</testsuite></testsuites>")
"""


def repository(place: Path) -> str:
    place.mkdir()
    (place / "plan").write_text("the plan")
    git = ["git", "-C", str(place), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def test_tmt_gets_the_pinned_revision_the_plan_and_the_guest(tmp_path, monkeypatch):
    ref = repository(tmp_path / "upstream")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "tmt").write_text(TMT.format(python=sys.executable))
    (tmp_path / "bin" / "tmt").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    plan = s.Tmt(source=s.GitSource(git_url=str(tmp_path / "upstream"), ref=ref), plan="/boot")
    guest = nullcontext(by_ssh(Way(key=Path("/key"), proxy="relay 22")))
    (one,) = run_plan("boot", plan, guest, log=tmp_path / "log", store=Store(tmp_path / "store"), offline=False)
    assert (one.name, one.passed) == ("boot: /boot/one", True)
    assert "provision --how connect --guest guest --user root --key /key --ssh-option ProxyCommand=relay 22" in one.output
    assert "plan --name ^/boot$" in one.output
    assert one.output.endswith("the plan")


def test_a_container_is_started_by_tmt_and_no_other_kind_is_tested(tmp_path):
    around = {"toolbox": Toolbox(root=tmp_path, key=""), "store": Store(tmp_path / "store")}
    layout = Path("/out/small")
    for kind in ("oci", "wsl"):
        guest = provision(msgspec.structs.replace(IMAGE, kind=kind), layout, **around, serve=tmp_path, log=tmp_path / "log")
        if kind == "oci":
            with guest as words:
                assert words == ("--how", "container", "--image", "oci:/out/small")
        else:
            with pytest.raises(Failure) as failure, guest:
                pass
            assert failure.value.kind is Kind.USAGE


def test_without_tmt_its_command_to_install_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    plan = s.Tmt(source=s.GitSource(git_url="https://example.org/x", ref=REF))
    (one,) = run(tmp_path, s.Test(name="boot", type="tmt", tmt=plan))
    assert not one.passed
    assert "install" in one.output


@pytest.mark.parametrize("text", ["", "no xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_a_report_that_is_none_is_told(tmp_path, text):
    (tmp_path / "r.xml").write_text(text)
    with pytest.raises(Failure) as failure:
        read_junit(tmp_path / "r.xml", "smoke", "pytest")
    assert failure.value.kind is Kind.TOOL
