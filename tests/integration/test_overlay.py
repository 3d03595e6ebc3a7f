"""What overlays write is what rpm reads: every expected spec of the golden cases, and the numbers of their patches."""

from pathlib import Path

import pytest

from headwater.rpm import evaluate
from headwater.rpm.model import SpecQuestion
from headwater.spec import expand, numbered, parse, plain_macros
from headwater.store import Store
from headwater.toolbox import Toolbox

ROOT = Path(__file__).parents[1] / "golden" / "overlay"
CASES = sorted(path.parent for path in ROOT.glob("*/*/expected.spec"))


@pytest.mark.toolbox
def test_rpm_reads_every_expected_spec_and_numbers_as_we_do(store: Store, toolbox: Toolbox) -> None:
    questions = [
        SpecQuestion(
            file=f"{case.parent.name}/{case.name}",
            text=(case / "expected.spec").read_bytes(),
            files={path.name: path.read_bytes() for path in (case / "expected").rglob("*") if path.is_file()},
        )
        for case in CASES
    ]
    for question, facts in zip(questions, evaluate(questions, toolbox, store), strict=True):
        document = parse(question.text.decode())
        known = plain_macros(document)
        for kind, patch in (("patch", True), ("source", False)):
            ours = {(entry.number, expand(entry.value, known)) for entry in numbered(document, kind)}
            theirs = {(file.number, file.uri) for file in facts.sources if file.patch is patch}
            assert theirs <= ours, f"{question.file}: rpm leaves out what is in a false branch, and else agrees"
