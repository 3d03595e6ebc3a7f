"""Where an image's lock does not fit its table or the repository, and Alki's own lock, which fits its tables."""

from pathlib import Path

from tests.unit.packages import rpm

from headwater.config import find_project, read_project
from headwater.config.images import ImageKind, ImageRule
from headwater.config.workshop import NamedPackages
from headwater.image.lock import read_lock
from headwater.image.pinned import lock_problems, narrow, superfluous, uncovered
from headwater.origin import Origin
from headwater.rpm.lock import PackageLock, parse_lock

DISTRO = Path(__file__).parents[3] / "distro"
TABLE = Origin(file="images/small.toml", line=7)
LOCK = parse_lock("jq built\nlibc6 2-1 x86_64\nvim 9-1 x86_64\n\n[small]\njq\nlibc6\n", "images.lock")


def rule(*names: str, exclude: tuple[str, ...] = ()) -> ImageRule:
    asked = NamedPackages(names=names, reason="test", where=TABLE)
    left = (NamedPackages(names=exclude, reason="test", where=TABLE),) if exclude else ()
    return ImageRule(name="small", kind=ImageKind.OCI, packages=(asked,), exclude=left)


JQ, LIBC, VIM = rpm("jq", "1.8", "built"), rpm("libc6", "2"), rpm("vim", "9")


def test_only_locked_packages_may_be_chosen() -> None:
    newer = rpm("libc6", "3")
    assert narrow(rule("jq"), [JQ, LIBC, newer, VIM], LOCK) == (JQ, LIBC)
    assert narrow(rule("jq"), [JQ, LIBC, newer, VIM], None) == (JQ, LIBC, newer, VIM)
    assert narrow(rule("jq"), [JQ, LIBC], PackageLock()) == (JQ, LIBC)


def test_a_lock_that_fits_says_nothing() -> None:
    assert lock_problems([rule("jq", exclude=("nano",))], [JQ, LIBC, VIM], LOCK) == ()
    assert lock_problems([rule("emacs")], [JQ], None) == ()


def test_a_new_build_of_the_projects_own_needs_no_new_lock() -> None:
    assert lock_problems([rule("jq")], [rpm("jq", "1.9", "built"), LIBC], LOCK) == ()


def test_a_wish_that_is_not_covered_is_told_at_its_table() -> None:
    (problem,) = lock_problems([rule("jq", "vim")], [JQ, LIBC, VIM], LOCK)
    assert "`vim`" in problem.what
    assert (problem.where, problem.hint) == (TABLE, "hw image update small")


def test_an_exclusion_that_the_lock_holds_is_told_at_its_table() -> None:
    (problem,) = lock_problems([rule("jq", exclude=("libc6",))], [JQ, LIBC], LOCK)
    assert "`libc6`" in problem.what
    assert problem.where == TABLE


def test_a_version_that_is_gone_is_told_at_the_line_of_the_lock() -> None:
    (problem,) = lock_problems([rule("jq")], [JQ, rpm("libc6", "3")], LOCK)
    assert problem.where == Origin(file="images.lock", line=2)
    assert "`libc6 2-1 x86_64`" in problem.why
    assert "`libc6 3-1 x86_64`" in problem.why
    assert problem.hint == "hw image update small"


def test_many_that_are_gone_are_one_problem_that_counts_them() -> None:
    names = [f"lib{number}" for number in range(30)]
    text = "".join(f"{name} 1-1 x86_64\n" for name in names) + "[small]\n" + "\n".join(names)
    (problem,) = lock_problems([rule("lib1")], [], parse_lock(text, "images.lock"))
    assert problem.why.endswith("and 20 more")


def test_what_nothing_asks_for_any_more_is_told() -> None:
    (problem,) = superfluous(rule("jq"), ["jq"], LOCK)
    assert "`libc6`" in problem.why
    assert problem.where == Origin(file="images.lock", line=5)


def test_alkis_lock_covers_what_its_tables_ask_for() -> None:
    """Who adds a package to an image says `hw -C distro image update`."""
    project = read_project(find_project(DISTRO)).project
    lock = read_lock(Path(project.project.image_lock))
    assert lock
    assert [problem.what for image in project.images.values() for problem in uncovered(image, lock)] == []
