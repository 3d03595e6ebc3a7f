"""Every rendered spec of Azure Linux is read without loss; what is in them all together is counted.

make corpus CORPUS=/path/to/azurelinux

Counts are of traps in azldev's way of reading, which knows physical lines only: they are where our two readers differ.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from headwater.overlay.compat import document as physical
from headwater.overlay.compat.conditions import is_branch, step
from headwater.spec import Document, Role, parse, tags
from headwater.spec.lines import SECTION_MACROS

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(600)]

Reading = dict[str, tuple[Document, physical.Document]]


@pytest.fixture(scope="module")
def read(specs: dict[str, bytes]) -> Reading:
    """Each spec by its name, as rpm reads it and as azldev does."""
    texts = {path.rpartition("/")[2].removesuffix(".spec"): content.decode() for path, content in specs.items()}
    return {name: (parse(text), physical.parse(text, f"{name}.spec")) for name, text in texts.items()}


def test_every_spec_prints_back_byte_for_byte(specs: dict[str, bytes]) -> None:
    for path, content in specs.items():
        document = parse(content.decode())
        lines = {index: line for index, line in enumerate(document.lines) if line}
        sections = "".join(document.slice(section.start, section.end) for section in document.sections)
        assert document.text.encode() == content, path
        assert sections.encode() == content, f"{path}: sections are not all of it"
        assert document.rewrite(lines).text.encode() == content, f"{path}: a line written anew is another"


def test_azldevs_reading_prints_back_byte_for_byte(specs: dict[str, bytes], read: Reading) -> None:
    for path, content in specs.items():
        _, theirs = read[path.rpartition("/")[2].removesuffix(".spec")]
        assert "".join(f"{line}\n" for line in theirs.lines).encode() == content, path


def test_every_condition_has_its_partner(read: Reading) -> None:
    assert {name for name, (document, _) in read.items() if document.stray} == set()
    opened = sum(role is Role.OPEN for document, _ in read.values() for role in document.roles)
    assert opened == sum(len(document.guards) for document, _ in read.values())


def test_headers_are_azldevs_but_for_bodies_and_macros(read: Reading) -> None:
    """Three points are all: bodies of macros have no headers, some macros are headers, azldev lacks two of rpm's."""
    made = {f"%{name}" for name in (*SECTION_MACROS, "verifyscript", "sepolicy")}
    for name, (document, theirs) in read.items():
        here = {line for line, header in document.marks.headers.items() if header not in made}
        there = {section.start for section in theirs.sections[1:]}
        assert here == {line for line in there if document.roles[line] is not Role.BODY}, name


@pytest.mark.usefixtures("counted")
def test_lines_by_role(read: Reading) -> None:
    counts = Counter(role for document, _ in read.values() for role in document.roles)
    assert counts == {
        Role.TEXT: 1_596_596,
        Role.BLANK: 659_922,
        Role.COMMENT: 118_616,
        Role.HEADER: 116_377,
        Role.BODY: 34_617,
        Role.OPEN: 23_112,
        Role.BRANCH: 3_665,
        Role.CLOSE: 23_112,
    }


@pytest.mark.usefixtures("counted")
def test_there_is_no_odd_text(specs: dict[str, bytes]) -> None:
    assert len(specs) == 7_611
    assert sum(map(len, specs.values())) == 91_370_940
    assert not [path for path, content in specs.items() if b"\r" in content]
    assert max(len(line) for content in specs.values() for line in content.split(b"\n")) < 1 << 16
    assert not [path for path, content in specs.items() if re.search(rb"^\s*%if(n?arch|n?os)?\(", content, re.MULTILINE)]


@pytest.mark.usefixtures("counted")
def test_headers_in_bodies(read: Reading) -> None:
    """11 specs have 68 headers behind a backslash; with those in brackets over several lines it is 19 and 104."""

    def behind_backslash(document: Document, theirs: physical.Document) -> int:
        found = [section.start for section in theirs.sections[1:] if theirs.lines[section.start - 1].endswith("\\")]
        assert all(document.roles[line] is Role.BODY for line in found)
        return len(found)

    def in_bodies(document: Document, theirs: physical.Document) -> int:
        return sum(document.roles[section.start] is Role.BODY for section in theirs.sections[1:])

    assert totals(read, behind_backslash) == (11, 68)
    assert totals(read, in_bodies) == (19, 104)


@pytest.mark.usefixtures("counted")
def test_conditions_in_bodies(read: Reading) -> None:
    """Conditional lines that azldev counts and rpm does not; in three specs they leave it with one that has no partner."""

    def in_bodies(document: Document, theirs: physical.Document) -> int:
        marks = {index for index, line in enumerate(theirs.lines) if step(line) or is_branch(line)}
        return len(marks - set(document.marks.conditionals))

    assert totals(read, in_bodies) == (25, 367)


@pytest.mark.usefixtures("counted")
def test_headers_in_else(read: Reading) -> None:
    def in_else(document: Document, _: physical.Document) -> int:
        there = [guard for guard in document.guards if guard.branches]
        headers = [line for line, name in document.marks.headers.items() if name.removeprefix("%") not in SECTION_MACROS]
        return sum(any(guard.branches[0] < line < guard.closer for guard in there) for line in headers)

    assert totals(read, in_else)[0] == 36


@pytest.mark.usefixtures("counted")
def test_sections_that_macros_make(read: Reading) -> None:
    """589 by %ldconfig_scriptlets, 115 by %pyproject_extras_subpkg, and a few more."""

    def made(document: Document, _: physical.Document) -> int:
        return sum(name.removeprefix("%") in SECTION_MACROS for name in document.marks.headers.values())

    assert totals(read, made)[0] == 755


@pytest.mark.usefixtures("counted")
def test_headers_in_capitals(read: Reading) -> None:
    def in_capitals(_: Document, theirs: physical.Document) -> int:
        return sum(section.header.name != section.header.name.lower() for section in theirs.sections)

    assert totals(read, in_capitals)[0] == 5


@pytest.mark.usefixtures("counted")
def test_tags_before_a_space(read: Reading) -> None:
    """`Name : x` is a tag to rpm and none to azldev."""

    def spaced(document: Document, _: physical.Document) -> int:
        return sum(bool(re.match(r"\s*\w+\s+:", document.lines[tag.line])) for tag in tags(document))

    assert totals(read, spaced)[0] == 2


@pytest.mark.usefixtures("counted")
def test_bare_patches(read: Reading) -> None:
    """1,196 specs have `Patch:` without a number, 82 of them beside numbered ones: azldev and rpm count those otherwise."""
    names = {
        name: {tag.name.lower() for tag in tags(document) if tag.family == "patch"} for name, (document, _) in read.items()
    }
    bare = [name for name, found in names.items() if "patch" in found]
    assert (len(bare), sum(len(names[name]) > 1 for name in bare)) == (1_196, 82)


def totals(read: Reading, count: Callable[[Document, physical.Document], int]) -> tuple[int, int]:
    """How many specs have some, and how many there are."""
    found: Iterable[int] = [count(*both) for both in read.values()]
    return sum(map(bool, found)), sum(found)
