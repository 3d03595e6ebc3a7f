"""What images answered, for other programs: JUnit's XML, which CI systems show, and JSON, which has all of it.

Guests print what they like, so nothing that XML cannot hold goes in, and of a very long answer the middle is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec

from headwater.errors import Problem
from headwater.image.model import CheckResult, Image
from headwater.whole import write_whole

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
MOST = 1 << 16  # letters of one answer
_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # Char of XML 1.0, without carriage returns


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One image's answers. `error` says why it did not come up; `hints` what to type then."""

    image: str
    kind: str
    digest: str
    passed: bool
    error: str
    hints: tuple[str, ...]
    checks: tuple[CheckResult, ...]


def write_results(
    image: Image, results: Sequence[CheckResult], folder: Path, *, problems: Sequence[Problem] = (), ending: str = ""
) -> None:
    """Leave NAME.xml and NAME.json in a folder; `problems` are those of an image that did not even start.

    `ending` follows the image's name in those of the files.

    The names of test cases are stable: `IMAGE.FAMILY` as class, the check's name as name.
    """
    report = report_of(image, results, problems)
    folder.mkdir(parents=True, exist_ok=True)
    data = msgspec.json.format(msgspec.json.encode(report, order="deterministic"), indent=2)
    write_whole(folder / f"{image.name}{ending}.json", data + b"\n")
    write_whole(folder / f"{image.name}{ending}.xml", junit(report))


def report_of(image: Image, results: Sequence[CheckResult], problems: Sequence[Problem] = ()) -> Report:
    error = "\n\n".join(f"{problem.what}\n{problem.why}".strip() for problem in problems)
    return Report(
        image=image.name,
        kind=image.kind,
        digest=image.artefacts[0].digest,
        passed=not error and all(one.passed for one in results),
        error=_short(error),
        hints=tuple(problem.hint for problem in problems if problem.hint),
        checks=tuple(msgspec.structs.replace(one, output=_short(one.output)) for one in results),
    )


def junit(report: Report) -> bytes:
    """The report as JUnit's XML: one suite, a case for each check, and one called `start` for an image that did not."""
    failed = sum(not one.passed for one in report.checks)
    errors, skipped = int(bool(report.error)), sum(bool(one.skipped) for one in report.checks)
    numbers = {"tests": len(report.checks) + errors, "failures": failed, "errors": errors, "skipped": skipped}
    counts = {name: str(number) for name, number in numbers.items()}
    seconds = f"{sum(one.seconds for one in report.checks):.3f}"
    suites = ET.Element("testsuites", {"name": "headwater", **counts, "time": seconds})
    suite = ET.SubElement(suites, "testsuite", {"name": _safe(report.image), **counts, "time": seconds})
    properties = ET.SubElement(suite, "properties")
    for name in ("kind", "digest"):
        ET.SubElement(properties, "property", {"name": name, "value": _safe(getattr(report, name))})
    if report.error:
        case = _case(suite, report.image, "promise", "start", 0)
        ET.SubElement(case, "error", {"message": _safe(report.error.partition("\n")[0])}).text = _safe(report.error)
    for one in report.checks:
        _add(suite, report.image, one)
    ET.indent(suites)
    text: str = ET.tostring(suites, encoding="unicode")
    return f"{DECLARATION}\n{text}\n".encode()


def _add(suite: ET.Element, image: str, one: CheckResult) -> None:
    case = _case(suite, image, one.family, one.name, one.seconds)
    said = f"{one.reason}\n\n$ {one.command}\nended with {one.code}, expected {one.expected}; it said\n{one.output}"
    if one.skipped:
        ET.SubElement(case, "skipped", {"message": _safe(one.skipped)})
    elif one.passed:
        ET.SubElement(case, "system-out").text = _safe(one.output)
    else:
        ET.SubElement(case, "failure", {"message": _safe(one.reason), "type": _safe(one.family)}).text = _safe(said)


def _case(suite: ET.Element, image: str, family: str, name: str, seconds: float) -> ET.Element:
    words = {"classname": _safe(f"{image}.{family}"), "name": _safe(name), "time": f"{seconds:.3f}"}
    return ET.SubElement(suite, "testcase", words)


def _safe(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _short(text: str) -> str:
    if len(text) <= MOST:
        return text
    return f"{text[: MOST // 2]}\n... {len(text) - MOST} letters are left out ...\n{text[-MOST // 2 :]}"
