"""The modes are compared line by line, and each difference names the overlay that it is due to."""

from typing import Any

import msgspec

from headwater.config.overlays import Overlay, SpecAppendLines, SpecPrependLines, SpecRemoveTag, SpecUpdateTag
from headwater.errors import Failure
from headwater.origin import Origin
from headwater.overlay import OWN, Difference, Side, apply, apply_compat, compare
from headwater.store import Store
from headwater.upstream.model import LooseFile, Pin, SourceTree

SPEC = """\
Name:           brook
Version:        1.0

%description
Flows.

%build
make

%if 0
%package pump
Summary: Pump
%endif
"""


class NoStore(Store):
    def __init__(self) -> None:
        """Nothing here is in an archive."""


def tree() -> SourceTree:
    pin = Pin(kind="local", name="brook", digest="")
    return SourceTree(component="brook", spec="brook.spec", files={"brook.spec": LooseFile(content=SPEC.encode())}, pin=pin)


def placed(*overlays: Overlay) -> list[Any]:
    return [msgspec.structs.replace(one, where=Origin(file="brook.toml", line=line)) for line, one in enumerate(overlays, 1)]


def side(overlays: list[Any], *, strict: bool) -> Side:
    try:
        if strict:
            made, changes = apply(tree(), overlays, NoStore())
        else:
            made, changes = apply_compat(tree(), overlays, NoStore(), where=Origin(file="brook.toml", line=99))
    except Failure as failure:
        return Side(problems=failure.problems)
    return Side(tree=made, changes=changes)


def compared(*overlays: Overlay) -> list[Difference]:
    asked = placed(*overlays)
    found = compare("brook", asked, side(asked, strict=True), side(asked, strict=False))
    assert all(one.component == "brook" and one.why for one in found)
    return [one for one in found if one.kind != OWN]


def test_what_both_modes_do_alike_is_no_difference() -> None:
    assert compared(SpecPrependLines(section="%build", lines=("export LANG=C",))) == []


def test_the_note_on_top_is_azldevs_own() -> None:
    asked = placed(SpecPrependLines(section="%build", lines=("export LANG=C",)))
    [own] = compare("brook", asked, side(asked, strict=True), side(asked, strict=False))
    assert (own.kind, own.where.line, own.lines) == (OWN, 99, 3)


def test_each_difference_names_its_overlay() -> None:
    found = compared(
        SpecUpdateTag(tag="Version", value="1.1"),
        SpecAppendLines(section="%build", lines=("make check",)),
        SpecRemoveTag(tag="Name"),
    )
    assert [(one.file, one.kind, one.where.line) for one in found] == [
        ("brook.spec", "spec-update-tag", 1),
        ("brook.spec", "spec-append-lines", 2),
    ]


def test_a_moved_blank_line_is_due_to_what_was_written_beside_it() -> None:
    found = compared(SpecRemoveTag(tag="Version"), SpecAppendLines(section="%description", lines=("Fast.",)))
    assert [(one.kind, one.where.line) for one in found] == [("spec-append-lines", 2)]


def test_a_mode_that_refuses_says_so() -> None:
    [found] = compared(SpecAppendLines(section="%preamble", lines=("Vendor: us",)))
    assert (found.kind, found.file, found.where.line) == ("azldev", "", 1)
    [found] = compared(SpecUpdateTag(tag="Version", value="1.0"))
    assert (found.kind, found.where.line) == ("strict", 1)


def test_two_trees_that_are_one_have_no_difference() -> None:
    asked = placed(SpecUpdateTag(tag="Version", value="1.1"))
    one = side(asked, strict=True)
    assert compare("brook", asked, one, one) == ()
