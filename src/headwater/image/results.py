"""What an image answered, left for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headwater.errors import Problem
from headwater.image.model import Image
from headwater.report import CheckResult, Report, short, shorten, write_report


def write_results(
    image: Image, results: Sequence[CheckResult], folder: Path, *, problems: Sequence[Problem] = (), ending: str = ""
) -> None:
    """Leave NAME.xml and NAME.json in a folder; `problems` are those of an image that did not even start.

    `ending` follows the image's name in those of the files.
    """
    write_report(report_of(image, results, problems), folder, ending=ending)


def report_of(image: Image, results: Sequence[CheckResult], problems: Sequence[Problem] = ()) -> Report:
    error = "\n\n".join(f"{problem.what}\n{problem.why}".strip() for problem in problems)
    return Report(
        image=image.name,
        kind=image.kind,
        digest=image.artefacts[0].digest,
        passed=not error and all(one.passed for one in results),
        error=short(error),
        hints=tuple(problem.hint for problem in problems if problem.hint),
        checks=shorten(tuple(results)),
    )
