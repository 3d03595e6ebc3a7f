"""Tags, and the numbers of sources and patches as rpm 6.1 was seen to give them."""

import pytest

from headwater.spec import expand, find, numbered, parse, plain_macros, tags, write

SPEC = """Name : a
VERSION:1
Requires( post ): b
  Summary: indented
%{?x:Requires: inline}
# License: comment
  # License: comment
Requires: %{expand:
License: no tag
c}
Release: 1%{?dist}

%description
License: text

%package -n b-libs
Summary: libs
"""


def test_tags_of_the_preamble_and_of_packages() -> None:
    found = [(tag.name, tag.package, tag.line) for tag in tags(parse(SPEC))]
    assert found == [
        ("Name", "", 0),
        ("VERSION", "", 1),
        ("Requires(post)", "", 2),
        ("Summary", "", 3),
        ("Requires", "", 7),
        ("Release", "", 10),
        ("Summary", "b-libs", 16),
    ]


def test_names_match_in_any_letter_case() -> None:
    document = parse(SPEC)
    assert [tag.value for tag in find(document, "version")] == ["1"]
    assert [tag.line for tag in find(document, "requires(post)")] == [2]
    assert [tag.stop for tag in find(document, "Requires")] == [10]
    assert find(document, "Summary", None)[1].package == "b-libs"


def test_writing_keeps_indentation_and_alignment() -> None:
    document = parse("Name: a\n  License:\tGPL  \nURL:x\n")
    [licence] = find(document, "license")
    document = write(document, licence, "License", "MIT")
    assert write(document, find(document, "url")[0], "URL", "y").text == "Name: a\n  License:\tMIT\nURL: y\n"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Patch7: b\nPatch: c\nPatch2: d\nPatch: e\n", [7, 8, 2, 9]),
        ("Patch: c\nPatch0001: d\n", [0, 1]),
        ("patch01: b\nPATCH : c\n", [1, 2]),
        ("Patch7: b\n%patchlist\nx\n\n# c\n z\n%package b\nPatch: y\n", [7, 8, 9, 10]),
        ("%define p \\\nPatch9: x \\\n\nPatch: a\n", [0]),
    ],
)
def test_patches_are_numbered_as_rpm_does(text: str, numbers: list[int]) -> None:
    assert [entry.number for entry in numbered(parse("Name: a\n" + text), "patch")] == numbers


def test_plain_macros_only() -> None:
    known = plain_macros(parse("Name: a\nVersion: 1\n%global b %{name}-x\n%define c() no\n%define d \\\nno\n"))
    assert expand("%{b}-%version.%{d}%{?e}", known) == "a-x-1.%{d}%{?e}"


def test_macros_that_name_themselves_end() -> None:
    known = plain_macros(parse("%define a %{a}%{a}%{a}%{a}%{a}%{a}%{a}%{a}%{a}\n"))
    assert len(expand("%{a}", known)) < 1 << 22
