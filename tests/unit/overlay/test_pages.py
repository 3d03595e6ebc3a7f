"""Every kind of overlay has a page in the reference and golden cases, and what the pages show is what the cases prove."""

import re
from pathlib import Path
from typing import get_args

import pytest

from headwater.config.overlays import Overlay

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "docs" / "reference" / "overlays"
GOLDEN = ROOT / "tests" / "golden" / "overlay"
KINDS = sorted(str(rule.__struct_config__.tag) for rule in get_args(Overlay))
EXAMPLE = re.compile(r"<!-- (\S+) -->\n```toml\n(.*?)\n```\n\n```diff\n(.*?)\n```", re.DOTALL)


def test_pages_and_cases_are_those_of_the_kinds() -> None:
    assert sorted(path.stem for path in PAGES.glob("*.md") if path.stem != "index") == KINDS
    assert sorted(path.name for path in GOLDEN.iterdir()) == KINDS
    assert sorted(re.findall(r"^\| \[(\S+)\]", (PAGES / "index.md").read_text(), re.MULTILINE)) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_names_every_key_and_shows_a_golden_case(kind: str) -> None:
    text = (PAGES / f"{kind}.md").read_text()
    [rule] = [rule for rule in get_args(Overlay) if rule.__struct_config__.tag == kind]
    keys = set(rule.__struct_encode_fields__) - {"where", "metadata"}
    assert set(re.findall(r"^\| `([\w-]+)` \|", text, re.MULTILINE)) == keys
    examples = EXAMPLE.findall(text)
    assert examples
    for case, toml, diff in examples:
        assert toml == (GOLDEN / case / "overlay.toml").read_text().rstrip()
        assert changed_lines(diff) == changed_lines_of(GOLDEN / case), f"{kind}: run the case and show what it gives"


def changed_lines(diff: str) -> list[str]:
    headings = ("+++ after/", "--- before/")
    return sorted(line for line in diff.splitlines() if line[:1] in "+-" and not line.startswith(headings) and line[1:])


def changed_lines_of(case: Path) -> list[str]:
    found = lines(case, "input.spec", "expected.spec")
    for before, after in (("input", "expected"), ("input-archives", "expected-archives")):
        names = {path.relative_to(case / folder) for folder in (before, after) for path in (case / folder).rglob("*")}
        for name in names:
            found += lines(case, f"{before}/{name}", f"{after}/{name}")
    return sorted(found)


def lines(case: Path, before: str, after: str) -> list[str]:
    one, other = (path.read_text().splitlines() if path.is_file() else [] for path in (case / before, case / after))
    gone, new = list(one), list(other)
    for line in one:
        if line in new:
            new.remove(line)
            gone.remove(line)
    return [f"-{line}" for line in gone if line] + [f"+{line}" for line in new if line]
