"""The overlays of Azure Linux, in compat mode, on the rendered specs that they have made already.

make corpus CORPUS=/path/to/azurelinux

The specs they were written for are Fedora's and not in the tree. On what they left, each has one outcome that follows from its
own words and from those of the overlays behind it; `expected` says which, without the engine.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path

import msgspec
import pygit2
import pytest
import re2

from headwater.config import Component, Project
from headwater.config.overlays import (
    FileAdd,
    FileRemove,
    FileSearchReplace,
    Overlay,
    SpecSearchReplace,
    SpecSetTag,
    SpecUpdateTag,
)
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.overlay import Change, apply_compat
from headwater.overlay.compat.steps import note as note_of
from headwater.overlay.nearest import kind_of
from headwater.upstream.model import LooseFile, Pin, SourceTree

pytestmark = [pytest.mark.corpus, pytest.mark.timeout(600)]

HERE = Origin(file="azldev.toml", line=1)


class Outcome(Enum):
    CHANGES = "it changes something, once more"
    SAME = "it bites and leaves what was there"
    REFUSED = "it finds nothing to do"


# What azldev adds without asking whether it is there.
BLIND = {"spec-add-tag", "spec-insert-tag", "spec-prepend-lines", "spec-append-lines"}


def expected(overlay: Overlay, later: tuple[Overlay, ...]) -> Outcome:
    """What becomes of an overlay on a folder that it and those behind it have made.

    What was removed or renamed is gone, and what was added is taken: refused. A tag has its value; but `Release` was counted on
    when the spec was rendered, so its value comes back. A search finds something again where its own replacement holds it.
    """
    if kind_of(overlay) in BLIND:
        return Outcome.CHANGES
    if isinstance(overlay, SpecSetTag | SpecUpdateTag):
        return Outcome.CHANGES if overlay.tag == "Release" else Outcome.SAME
    if isinstance(overlay, SpecSearchReplace | FileSearchReplace):
        return Outcome.CHANGES if finds_itself(overlay) else Outcome.REFUSED
    if isinstance(overlay, FileRemove) and any(isinstance(one, FileAdd) and one.file == overlay.file for one in later):
        return Outcome.CHANGES
    return Outcome.REFUSED


def finds_itself(overlay: SpecSearchReplace | FileSearchReplace) -> bool:
    """Whether the expression changes its own replacement: in a spec line by line, in a file in one piece."""
    pieces = overlay.replacement.split("\n") if isinstance(overlay, SpecSearchReplace) else [overlay.replacement]
    return any(re2.sub(overlay.regex, lambda _: overlay.replacement, piece) != piece for piece in pieces)


def found(tree: SourceTree, overlay: Overlay) -> Outcome:
    """What becomes of it; a refusal tells the overlay's own line."""
    own = applied(tree, [overlay])
    if isinstance(own, Failure):
        assert own.kind is Kind.OVERLAY
        assert [problem.where for problem in own.problems] == [overlay.where]
        return Outcome.REFUSED
    assert {change.where for change in own} == {overlay.where}
    return Outcome.CHANGES if any(change.before != change.after for change in own) else Outcome.SAME


def applied(tree: SourceTree, overlays: Sequence[Overlay]) -> tuple[Change, ...] | Failure:
    """What overlays did, without the note on top, which every spec gets last. The tree stays what it was."""
    before = dict(tree.files)
    try:
        _, changes = apply_compat(tree, overlays, None, where=HERE, with_archives=False)
    except Failure as failure:
        return failure
    finally:
        assert tree.files == before, f"{tree.component}: what was given is no longer what it was"
    assert changes[-1].where == HERE
    return changes[:-1]


class Case(msgspec.Struct, frozen=True):
    """One overlay on the rendered folder of its component, with the overlays behind it."""

    component: Component
    overlay: Overlay
    later: tuple[Overlay, ...]
    tree: SourceTree


@pytest.fixture(scope="module")
def cases(project: Project) -> list[Case]:
    changed = [component for component in project.components.values() if component.overlays]
    return [case for component in changed for case in cases_of(project.root, component)]


def cases_of(root: Path, component: Component) -> Iterator[Case]:
    tree = rendered(root / "specs" / component.name[0].lower() / component.name, component.name)
    for number, overlay in enumerate(component.overlays):
        yield Case(component, overlay, component.overlays[number + 1 :], tree)


def rendered(folder: Path, name: str) -> SourceTree:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    files = {str(path.relative_to(folder)): LooseFile(content=path.read_bytes()) for path in paths}
    return SourceTree(component=name, spec=f"{name}.spec", files=files, pin=Pin(kind="spec-tree", name=name, digest=""))


def test_each_overlay_has_the_outcome_that_its_words_foretell(cases: list[Case]) -> None:
    told = [(case.overlay.where, expected(case.overlay, case.later), found(case.tree, case.overlay)) for case in cases]
    assert [f"{where}: {wanted} is {came}" for where, wanted, came in told if wanted is not came] == []


@pytest.mark.usefixtures("counted")
def test_outcomes_by_kind(cases: list[Case]) -> None:
    assert Counter((kind_of(case.overlay), found(case.tree, case.overlay)) for case in cases) == {
        ("spec-add-tag", Outcome.CHANGES): 22,
        ("spec-insert-tag", Outcome.CHANGES): 11,
        ("spec-set-tag", Outcome.SAME): 2,
        ("spec-update-tag", Outcome.SAME): 8,
        ("spec-update-tag", Outcome.CHANGES): 6,  # all of Release
        ("spec-remove-tag", Outcome.REFUSED): 15,
        ("spec-prepend-lines", Outcome.CHANGES): 5,
        ("spec-append-lines", Outcome.CHANGES): 18,
        ("spec-search-replace", Outcome.REFUSED): 75,
        ("spec-search-replace", Outcome.CHANGES): 18,  # `make` to `make -j1`
        ("spec-remove-section", Outcome.REFUSED): 12,
        ("patch-add", Outcome.REFUSED): 9,
        ("patch-remove", Outcome.REFUSED): 1,
        ("file-add", Outcome.REFUSED): 16,
        ("file-remove", Outcome.REFUSED): 1,
        ("file-remove", Outcome.CHANGES): 1,  # a later file-add puts its own in the place
        ("file-rename", Outcome.REFUSED): 3,
        ("file-search-replace", Outcome.REFUSED): 8,
        ("file-search-replace", Outcome.CHANGES): 2,
    }


def test_a_component_is_changed_whole_or_not_at_all(cases: list[Case]) -> None:
    """One overlay that is refused keeps all others of its component back; `applied` holds that nothing moved."""
    outcomes = Counter()
    for tree, component in {case.component.name: (case.tree, case.component) for case in cases}.values():
        made = applied(tree, component.overlays)
        outcomes[type(made).__name__] += 1
        own = [case for case in cases if case.component is component]
        whole = all(expected(case.overlay, case.later) is not Outcome.REFUSED for case in own)
        assert isinstance(made, Failure) or whole, f"{component.name}: an overlay that finds nothing was passed over"
    assert min(outcomes.values()) > 0, "there are some of both"


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(("commit", "name"), [("afd2c0a114", "anaconda"), ("ab0f8cac", "gnulib")])
def test_first_overlays_make_the_spec_that_azldev_made(project: Project, commit: str, name: str) -> None:
    """The history has these before and after their first overlays, with nothing else changed but the count of releases."""
    repository = pygit2.Repository(str(project.root))
    path = f"specs/{name[0]}/{name}/{name}.spec"
    before, after = (repository.revparse_single(f"{commit}{back}:{path}").data for back in ("^", ""))
    tree = SourceTree(
        component=name, spec="a.spec", files={"a.spec": LooseFile(content=before)}, pin=Pin(kind="local", name=name, digest="")
    )
    made, _ = apply_compat(tree, project.components[name].overlays, None, where=HERE, with_archives=False)
    assert uncounted(made.text) == uncounted(after.decode()) != uncounted(before.decode())


def uncounted(text: str) -> str:
    """A spec without what rendering makes anew each time: release, changelog, rpmautospec's head, and the note on top."""
    note = "\n".join(note_of(HERE).lines)
    text = re.sub(r"## START: Set by rpmautospec.*?## END: Set by rpmautospec\n+", "", text, flags=re.DOTALL)
    text = text.replace(f"{note}\n", "").partition("\n%changelog")[0].lstrip("\n")
    return re.sub(r"^Release\s*:.*", "Release:", text, flags=re.MULTILINE)
