"""The checks of packages: their data and their page agree."""

from pathlib import Path

from headwater.config.catalogue import RPMLINT, catalogue
from headwater.config.policy import Level

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "package-checks.md"


def test_the_page_has_every_check_as_the_data_has_it() -> None:
    """The table is that of `hw -O markdown package checks`."""
    rows = [f"| {one.id} | {one.level.value} | {one.finds} | {one.reason} |" for one in catalogue().values()]
    assert [line for line in PAGE.read_text().splitlines() if line.startswith("| ")][2:] == rows


def test_every_check_says_why_and_counts() -> None:
    assert all(one.reason and one.finds and one.level in {Level.WARN, Level.ERROR} for one in catalogue().values())
    assert [name for name in catalogue() if not name.startswith(RPMLINT)] == list(catalogue())[:18]
