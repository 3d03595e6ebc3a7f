"""Build roots for real: locked as they are reviewed, and told where nothing can fill them."""

import msgspec
import pytest
from tests.integration.building import TINY, USER, Site, build, rendered

from headwater.build import compare, lock_roots, plan
from headwater.build.lock import HEAD, held
from headwater.errors import Failure, Kind
from headwater.rpm.lock import format_lock, parse_lock

pytestmark = [pytest.mark.toolbox, pytest.mark.world]
BOTH = (rendered("user", USER), rendered("tiny", TINY))


@pytest.fixture(scope="module")
def locked(shared_site: Site):
    """The lock of two components' roots, as it is read from its file."""
    site = shared_site
    new = lock_roots(site.line(*BOTH), None, sign=site.sign, verify=site.verify, jobs=2)
    return parse_lock(format_lock(new, HEAD), "build-roots.lock")


def test_a_lock_has_what_roots_hold_and_changes_no_key(site: Site, locked) -> None:
    free = build(site, site.line(*BOTH))
    bound = build(site, site.line(*BOTH, lock=locked))
    assert [one.action for one in free] == [one.action for one in bound]
    for one in bound:
        named = {name.removeprefix("package/") for name in one.inputs if name.startswith("package/")}
        assert named == held(locked, one.component).keys()
    assert str(locked.pins["tiny-devel"][0]) == "tiny-devel built"
    assert locked.pins["gcc"][0].holds
    again = lock_roots(site.line(*BOTH), locked, sign=site.sign, verify=site.verify, jobs=2)
    assert compare(locked, again) == ()
    alone = lock_roots(site.line(*BOTH), locked, sign=site.sign, verify=site.verify, only=["tiny"], jobs=2)
    assert format_lock(alone, HEAD) == format_lock(locked, HEAD)


@pytest.mark.parametrize("field", ["version", "holds"])
def test_a_bridge_that_moved_changes_no_root_in_silence(site: Site, locked, field: str) -> None:
    other = msgspec.structs.replace(locked.pins["gcc"][0], **{field: {"version": "1-1", "holds": "0" * 64}[field]})
    lock = msgspec.structs.replace(locked, pins={**locked.pins, "gcc": (other,)})
    for work in (plan, lambda line: build(site, line)):
        with pytest.raises(Failure) as raised:
            work(site.line(*BOTH, lock=lock))
        (problem,) = raised.value.problems
        assert (problem.kind, problem.hint) == (Kind.BUILD, "hw build --lock")
        assert problem.where
        assert problem.where.line == locked.lines["gcc"]
        assert "`gcc " in problem.why


def test_a_spec_that_asks_for_more_or_less_is_told_with_the_names(site: Site, locked) -> None:
    more = site.line(rendered("tiny", TINY.replace("BuildRequires: gcc", "BuildRequires: gcc make")), lock=locked)
    with pytest.raises(Failure) as raised:
        plan(more)
    (problem,) = raised.value.problems
    assert (problem.kind, problem.hint) == (Kind.BUILD, "hw build --lock tiny")
    assert problem.why == "`make` is in the root, and the lock does not have it there"
    with pytest.raises(Failure) as raised:
        plan(site.line(rendered("tiny", TINY.replace("BuildRequires: gcc\n", "")), lock=locked))
    assert "nothing in the root asks for `gcc` any more" in raised.value.problems[0].why


def test_a_component_that_the_lock_does_not_know_is_free(site: Site, locked) -> None:
    assert [
        step.component
        for step in plan(site.line(rendered("other", USER.replace("user", "other").replace("tiny-devel", "make")), lock=locked))
    ] == ["other"]


def test_a_version_that_nothing_has_is_told_with_what_there_is(site: Site) -> None:
    with pytest.raises(Failure) as raised:
        plan(site.line(rendered("tiny", TINY.replace("BuildRequires: gcc", "BuildRequires: bash >= 99, makee"))))
    old, typo = raised.value.problems
    assert "`bash >= 99`" in old.what
    assert "from the bridge" in old.why
    assert "did you mean `make`?" in typo.why
    assert {problem.where.line for problem in raised.value.problems if problem.where} == {6}


WITH_PC = TINY.replace(
    "%install",
    "%install\ninstall -d %{buildroot}%{_libdir}/pkgconfig\n"
    "printf 'Name: tiny\\nDescription: d\\nVersion: 1\\n' > %{buildroot}%{_libdir}/pkgconfig/tinypc.pc",
).replace("%files devel", "%files devel\n%{_libdir}/pkgconfig/tinypc.pc")


def test_a_name_that_only_a_build_shows_is_told_with_the_one_to_write(site: Site) -> None:
    line = site.line(rendered("tiny", WITH_PC), rendered("user", USER.replace("tiny-devel", "pkgconfig(tinypc)")))
    build(site, line, only=["tiny"])
    with pytest.raises(Failure) as raised:
        plan(line, only=["user"])
    (problem,) = raised.value.problems
    assert "`pkgconfig(tinypc)`" in problem.what
    assert problem.hint == "BuildRequires: tiny-devel"
