"""The words a user reads are the words the program says."""

import importlib.util
from pathlib import Path

import pytest

from headwater.cli.main import VERBS

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("words", ROOT / "tools" / "words.py")
assert SPEC
assert SPEC.loader
words = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(words)


def test_reference_is_what_help_says():
    assert (ROOT / "docs/reference/hw.md").read_text() == words.reference(), "make docs"


def test_readme_is_what_help_says():
    page = (ROOT / "README.md").read_text()
    assert page == words.readme(page), "make docs"


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_says_the_same_in_the_list_and_on_its_page(verb):
    assert f"## `hw {verb}`" in words.reference()
