"""The page of the format marks *ours* those keys that the model marks so, and no others."""

import re
from pathlib import Path

from headwater.config.overlays import OverlayBase
from headwater.config.schema import rules_of
from headwater.config.shapes import form_of
from headwater.config.written import OverlayFile, ProjectFile

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "format.md"
ALL_BUT = re.compile(r"^All keys are \*ours\* but (.*)\.$", re.MULTILINE)


def marked(section: str) -> set[tuple[str, str]]:
    """Struct and key of each row of a section that is marked, or that the section marks in one sentence."""
    named = [set(re.findall(r"`([^`]+)`", match)) for match in ALL_BUT.findall(section)]
    found = set()
    for table in re.finditer(r"^<!-- (\w+) -->\n((?:\|.*\n)+)", section, re.MULTILINE):
        for key, said in re.findall(r"^\| `([^`]+)` \|[^|]*\|[^|]*\|\s*(.*)", table[2], re.MULTILINE):
            if said.startswith("*ours*") or (named and table[1] == "ImageRule" and key not in named[0]):
                found.add((table[1], key))
    return found


def test_page_marks_ours_where_the_model_does() -> None:
    rules = [rule for rule in rules_of(ProjectFile) | rules_of(OverlayFile) if not issubclass(rule, OverlayBase)]
    forms = {rule.__name__: form_of(rule) for rule in rules}
    model = {(name, key) for name, form in forms.items() for key, field in form.fields.items() if field.shape.ours}
    page = {mark for section in re.split(r"^#+ ", PAGE.read_text(), flags=re.MULTILINE) for mark in marked(section)}
    assert model
    assert {(name, key) for name, key in page if key != "type"} == model, "a `type` that is ours is a kind, not a key"
