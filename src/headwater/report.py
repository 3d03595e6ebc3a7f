"""Answers to checks and tests, for other programs: JUnit's XML, which CI systems show, and JSON, which has all of it.

Those who were asked print what they like, so what XML cannot hold is replaced, and of very long answers the middle is left out.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec

from headwater.whole import write_whole

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
MOST = 1 << 16  # letters of one answer
_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # Char of XML 1.0, without carriage returns


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One question asked: what was said and whether that is what was expected. `seconds` is how long the answer took.

    `family` is promise, policy or use; `expected` says in words what would have been right; `skipped` why it was not asked.
    """

    name: str
    family: str = "promise"
    reason: str
    expected: str = "exit code 0"
    skipped: str = ""
    passed: bool
    command: str
    code: int
    output: str
    seconds: float


class Report(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answers of one image or component. `error` says why it could not be asked at all; `hints` what to type then."""

    image: str = ""
    component: str = ""
    kind: str
    digest: str
    passed: bool
    error: str
    hints: tuple[str, ...]
    checks: tuple[CheckResult, ...]

    @property
    def name(self) -> str:
        return self.image or self.component


def write_report(report: Report, folder: Path, *, ending: str = "") -> None:
    """Leave NAME.xml and NAME.json in a folder; `ending` follows the name in those of the files.

    The names of test cases are stable: `NAME.FAMILY` as class, the check's name as name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = msgspec.json.format(msgspec.json.encode(report, order="deterministic"), indent=2)
    write_whole(folder / f"{report.name}{ending}.json", data + b"\n")
    write_whole(folder / f"{report.name}{ending}.xml", junit(report))


def shorten(results: tuple[CheckResult, ...]) -> tuple[CheckResult, ...]:
    """The same, without the middle of very long answers."""
    return tuple(msgspec.structs.replace(one, output=short(one.output)) for one in results)


def short(text: str) -> str:
    if len(text) <= MOST:
        return text
    return f"{text[: MOST // 2]}\n... {len(text) - MOST} letters are left out ...\n{text[-MOST // 2 :]}"


def junit(report: Report) -> bytes:
    """The report as JUnit's XML: one suite, a case for each check, and one called `start` for what could not be asked."""
    failed = sum(not one.passed for one in report.checks)
    errors, skipped = int(bool(report.error)), sum(bool(one.skipped) for one in report.checks)
    numbers = {"tests": len(report.checks) + errors, "failures": failed, "errors": errors, "skipped": skipped}
    counts = {name: str(number) for name, number in numbers.items()}
    seconds = f"{sum(one.seconds for one in report.checks):.3f}"
    suites = ET.Element("testsuites", {"name": "headwater", **counts, "time": seconds})
    suite = ET.SubElement(suites, "testsuite", {"name": _safe(report.name), **counts, "time": seconds})
    properties = ET.SubElement(suite, "properties")
    for name in ("kind", "digest"):
        ET.SubElement(properties, "property", {"name": name, "value": _safe(getattr(report, name))})
    if report.error:
        case = _case(suite, report.name, "promise", "start", 0)
        ET.SubElement(case, "error", {"message": _safe(report.error.partition("\n")[0])}).text = _safe(report.error)
    for one in report.checks:
        _add(suite, report.name, one)
    ET.indent(suites)
    text: str = ET.tostring(suites, encoding="unicode")
    return f"{DECLARATION}\n{text}\n".encode()


def _add(suite: ET.Element, name: str, one: CheckResult) -> None:
    case = _case(suite, name, one.family, one.name, one.seconds)
    said = f"{one.reason}\n\n$ {one.command}\nended with {one.code}, expected {one.expected}; it said\n{one.output}"
    if one.skipped:
        ET.SubElement(case, "skipped", {"message": _safe(one.skipped)})
    elif one.passed:
        ET.SubElement(case, "system-out").text = _safe(one.output)
    else:
        ET.SubElement(case, "failure", {"message": _safe(one.reason), "type": _safe(one.family)}).text = _safe(said)


def _case(suite: ET.Element, owner: str, family: str, name: str, seconds: float) -> ET.Element:
    words = {"classname": _safe(f"{owner}.{family}"), "name": _safe(name), "time": f"{seconds:.3f}"}
    return ET.SubElement(suite, "testcase", words)


def _safe(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
