"""What CI systems and other programs get to read of an image's answers."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import Kind, Problem
from headwater.image.model import Artefact, Image
from headwater.image.results import report_of, write_results
from headwater.report import MOST, CheckResult, junit

IMAGE = Image(
    name="small",
    kind="oci",
    key="k",
    artefacts=(Artefact(format="oci", path=Path("oci"), digest="sha256:ab", size=1),),
    packages=(),
    seconds=0,
    cached=False,
)


def answer(name="adds", *, passed=True, output="2", family="use"):
    return CheckResult(
        name=name, family=family, reason="it adds", passed=passed, command="echo 2", code=0, output=output, seconds=0.25
    )


def parse(data: bytes) -> ET.Element:
    return ET.fromstring(data)  # noqa: S314 ours


def test_both_files_tell_what_failed_and_how(tmp_path):
    write_results(IMAGE, [answer(), answer("lies", passed=False, output="5 <&>", family="promise")], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.json", "small.xml"]
    suite = parse((tmp_path / "small.xml").read_bytes()).find("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    assert [(case.get("classname"), case.get("name")) for case in suite.iter("testcase")] == [
        ("small.use", "adds"),
        ("small.promise", "lies"),
    ]
    (failure,) = suite.iter("failure")
    assert "echo 2" in failure.text
    assert "5 <&>" in failure.text
    data = json.loads((tmp_path / "small.json").read_text())
    assert (data["passed"], [one["passed"] for one in data["checks"]]) == (False, [True, False])


def test_an_image_that_did_not_start_is_an_error(tmp_path):
    write_results(IMAGE, (), tmp_path, problems=[Problem(kind=Kind.IMAGE, what="the guest is lost", why="panic", hint="less")])
    (error,) = parse((tmp_path / "small.xml").read_bytes()).iter("error")
    assert "panic" in error.text
    data = json.loads((tmp_path / "small.json").read_text())
    assert (data["passed"], data["hints"]) == (False, ["less"])


@given(st.text(), st.booleans())
def test_whatever_a_guest_prints_is_xml(text, passed):
    root = parse(junit(report_of(IMAGE, [answer(text, passed=passed, output=text)])))
    assert len(list(root.iter("testcase"))) == 1


def test_of_a_very_long_answer_the_middle_is_left_out():
    (one,) = report_of(IMAGE, [answer(output="a" + "b" * 3 * MOST + "c")]).checks
    assert len(one.output) < 2 * MOST
    assert (one.output[0], one.output[-1]) == ("a", "c")
