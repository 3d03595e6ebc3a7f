"""Reads what other test programs write as JUnit's XML into answers of an image."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from headwater.errors import Kind, fail
from headwater.report import CheckResult

MOST = 64 << 20  # bytes of a report


def read_junit(file: Path, test: str, command: str) -> tuple[CheckResult, ...]:
    """A result for each case, named `TEST: CASE`. Errors: Failure(TOOL) for a file that is no such report."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST + 1)
        if len(data) > MOST or b"<!DOCTYPE" in data:  # entities could make a small report a large one
            raise ValueError(f"it is larger than {MOST >> 20} MiB, or declares a document type")
        root = ET.fromstring(data)  # noqa: S314 see above
    except (OSError, ValueError, ET.ParseError) as error:
        raise fail(Kind.TOOL, f"test `{test}` left no report that can be read", why=f"{file}: {error}", hint=command) from None
    return tuple(_cases(root, test, command))


def _cases(root: ET.Element, test: str, command: str) -> Iterator[CheckResult]:
    for case in root.iter("testcase"):
        wrong = [*case.findall("failure"), *case.findall("error")]
        skipped = case.find("skipped")
        said = [each for each in (*wrong, skipped, case.find("system-out")) if each is not None]
        yield CheckResult(
            name=f"{test}: {_name(case)}",
            family="use",
            reason=f"test `{test}` of the image",
            expected="no failure",
            passed=not wrong,
            skipped=(skipped.get("message") or "it says not why") if skipped is not None else "",
            command=command,
            code=int(bool(wrong)),
            output="\n".join(f"{each.get('message', '')}\n{each.text or ''}".strip() for each in said),
            seconds=_seconds(case),
        )


def _name(case: ET.Element) -> str:
    return ".".join(filter(None, (case.get("classname"), case.get("name")))) or "without a name"


def _seconds(case: ET.Element) -> float:
    try:
        return max(float(case.get("time") or 0), 0.0)
    except ValueError:
        return 0.0
