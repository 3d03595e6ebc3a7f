"""Build roots for real: locked as they are reviewed, compared, looked into, and told where nothing can fill them."""

import shutil
from pathlib import Path

import msgspec
import pytest
from tests.integration.building import TINY, USER, Site, build, rendered

from headwater.build import LOCAL, compare, explain, job, keep, leanings, lock_roots, odd, plan, read_local, root_difference
from headwater.build.lock import HEAD, held
from headwater.build.snapshot import Album, read_snapshot
from headwater.engine import Engine, Forest
from headwater.errors import Failure, Kind
from headwater.rpm.lock import format_lock, parse_lock
from headwater.store import Store

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
).replace("%files devel", "%files devel\n%{_libdir}/pkg*/tinypc.pc")  # a pattern of which nobody can tell what it stands for


def test_what_a_spec_conflicts_with_is_told_at_its_line(site: Site) -> None:
    spec = TINY.replace("BuildRequires: gcc", "BuildRequires: gcc\nBuildConflicts: make >= 1, binutils")
    with pytest.raises(Failure) as raised:
        plan(site.line(rendered("tiny", spec)))
    (problem,) = raised.value.problems
    assert problem.where
    assert problem.where.line == 7
    assert "`binutils`" in problem.what


def test_a_name_that_only_a_build_shows_is_told_with_the_one_to_write(site: Site, place: str) -> None:
    user = USER.replace("tiny-devel", "pkgconfig(tinypc)")
    line = site.line(rendered("tiny", WITH_PC), rendered("user", user), place=place)
    build(site, line, only=["tiny"])
    with pytest.raises(Failure) as raised:
        plan(line, only=["user"])
    (problem,) = raised.value.problems
    assert "`pkgconfig(tinypc)`" in problem.what
    assert problem.hint == "BuildRequires: tiny-devel"


def test_why_names_the_file_that_moved_and_the_package_it_is_in(site: Site) -> None:
    build(site, site.line(*BOTH))
    other = rendered("tiny", TINY.replace("echo 1 >", "echo 2 >").replace("%description\n", "%description\nMore.\n", 1))
    build(site, site.line(other), only=["tiny"])
    tiny, user = explain(site.line(rendered("user", USER), other), ["user"])
    assert (tiny.build, tiny.moves, user.build) == (False, (), True)
    (package,) = [move for move in user.moves if move.what == "package" and move.name == "tiny-devel"]
    assert package.change == "made anew"
    (file,) = [move for move in user.moves if move.what == "file"]
    assert (file.name, file.of, file.change) == ("usr/include/tiny.h", "tiny-devel", "changed")
    assert not user.unknown


def test_why_names_lines_environment_and_limit(site: Site) -> None:
    build(site, site.line(rendered("tiny", TINY)))
    spec = TINY.replace("gcc %{optflags}", "gcc -O1 %{optflags}") + "%changelog\n* Thu Jan 01 2015 A B <a@b> - 1-1\n- First\n"
    line = site.line(rendered("tiny", spec), timeout=99, memory=8192)
    (step,) = explain(line, ["tiny"])
    told = {(move.what, move.name, move.change): move for move in step.moves}
    assert told["environment", "SOURCE_DATE_EPOCH", "changed"].after == "1420113600"
    assert told["timeout", "", "changed"].after == "99 s"
    number = spec.splitlines().index("gcc -O1 %{optflags} %{build_ldflags} -o tiny tiny.c") + 1
    assert told["line", f"build/SPECS/tiny.spec:{number}", "changed"].before.startswith("gcc %{optflags}")
    assert any(move.what == "line" and move.name.startswith("build/build:") for move in step.moves)
    assert told["file", "build/SPECS/tiny.spec", "changed"].of == "sources"
    (same,) = explain(site.line(rendered("tiny", TINY)), ["tiny"])
    assert (same.build, same.moves) == (False, ())


def test_another_project_has_last_builds_of_its_own(site: Site, place: str) -> None:
    other = rendered("tiny", TINY.replace("one line", "another line"))
    build(site, site.line(rendered("tiny", TINY), place=f"{place}/one"))
    assert explain(site.line(other, place=f"{place}/two"), ["tiny"])[0].moves, (
        "nothing is known there, so the last one of all counts"
    )
    build(site, site.line(other, place=f"{place}/two"))
    for line in (site.line(rendered("tiny", TINY), place=f"{place}/one"), site.line(other, place=f"{place}/two")):
        assert [(step.build, step.moves) for step in explain(line, ["tiny"])] == [(False, ())]


def test_what_the_store_has_lost_is_said_to_be_unknown(site: Site) -> None:
    build(site, site.line(rendered("tiny", TINY)))
    line = site.line(rendered("tiny", TINY.replace("one line", "a line")))
    tree = read_snapshot(line.last("tiny"), site.store).packages["gcc"].tree
    lost = site.store.root / "results" / "root-tree" / f"{tree.hash}.json"
    held, album = lost.read_bytes(), Album(Forest(), site.store)
    lost.unlink()
    try:
        assert album.lacking(read_snapshot(line.last("tiny"), site.store)) == {"gcc"}
    finally:
        lost.write_bytes(held)


def test_a_comment_rebuilds_only_the_package_that_has_it(site: Site) -> None:
    users = [rendered(f"user{number}", USER.replace("user", f"user{number}")) for number in range(3)]
    build(site, site.line(*users, rendered("tiny", TINY)))
    commented = site.line(*users, rendered("tiny", f"# {site.store.root}\n{TINY}"))
    before = {name: commented.last(name).inputs for name in ("user0", "user1", "user2")}
    built = build(site, commented, force=True, only=["tiny"])
    assert [one.reason for one in built] == ["asked for"]
    built = build(site, commented)
    assert [one.component for one in built if not one.cached] == []
    assert {one.component: one.inputs for one in built if one.component != "tiny"} == before


def test_two_roots_are_compared_packages_first_then_files(site: Site) -> None:
    line = site.line(*BOTH)
    build(site, line)
    moves, unknown = root_difference(line, "user", "tiny")
    packages = {move.name: move.change for move in moves if move.what == "package"}
    assert packages["tiny-devel"] == "added"
    assert packages["gcc"] == "removed"
    assert [move.what for move in moves] == sorted((move.what for move in moves), key=["package", "file"].index)
    files = {move.name: move for move in moves if move.what == "file"}
    assert files["usr/include/tiny.h"].of == "tiny-devel"
    assert files["build/SPECS/user.spec"].of == "sources"
    assert not unknown
    assert root_difference(line, "user", "last") == ((), ())
    with pytest.raises(Failure):
        root_difference(
            site.line(rendered("never", USER.replace("user", "never").replace("tiny-devel", "bash"))), "never", "last"
        )


def test_links_that_lead_nowhere_are_odd_and_stop_nobody(site: Site) -> None:
    spec = TINY.replace(
        "%check", "ln -s tinier.h %{buildroot}%{_includedir}/tinyer.h\nln -s /run/x %{buildroot}%{_includedir}/run.h\n%check"
    )
    spec = spec.removesuffix("tiny.h\n") + "*.h\n"
    line = site.line(rendered("user", USER), rendered("tiny", spec))
    build(site, line)
    assert [(one.what, one.of, one.name) for one in odd(line, "user")] == [("link", "tiny-devel", "usr/include/tinyer.h")]


def test_an_owner_that_nobody_defines_keeps_a_package_out(site: Site) -> None:
    spec = TINY.replace("%files devel\n", "%files devel\n%attr(0644,ghostly,root) ")
    with pytest.raises(Failure) as raised:
        build(site, site.line(rendered("user", USER), rendered("tiny", spec)))
    (problem,) = raised.value.problems
    assert "`user(ghostly)`" in problem.what
    assert "`tiny-devel-1-1" in problem.what


def test_a_kept_root_has_what_the_build_left(site: Site) -> None:
    kept = keep(site.line(rendered("tiny", TINY)), "tiny", sign=site.sign, verify=site.verify)
    assert kept.code == 0
    assert min(path.name for path in (kept.root / "build/RPMS/x86_64").iterdir()).startswith("tiny-1-1")
    broken = TINY.replace('test "$(id -u)" = 0', "exit 3")
    kept = keep(site.line(rendered("tiny", broken)), "tiny", sign=site.sign, verify=site.verify)
    assert kept.code
    assert list(kept.root.glob("build/BUILD/*/tiny-1/tiny"))
    assert b"%check" in kept.log.read_bytes()
    assert not list((kept.root / "build/RPMS").rglob("*.rpm")), "nothing is left of the time before"


def test_a_key_needs_no_payload(site: Site, monkeypatch) -> None:
    """Of all packages of a root nothing is read but headers, which were read before."""
    line, names = site.line(*BOTH), ("asked", "read")
    build(site, line)
    payloads = {rpm.digest for rpm in site.bridged} | {rpm.digest for rpm in line.workshop.roots.headers}
    seen: dict[str, set[str]] = {name: set() for name in names}
    path, read, content = Store.path, Store.read, job.package_content
    monkeypatch.setattr(Store, "path", lambda store, digest: seen["read"].add(digest) or path(store, digest))
    monkeypatch.setattr(Store, "read", lambda store, digest: seen["read"].add(digest) or read(store, digest))
    monkeypatch.setattr(job, "package_content", lambda *given: seen["asked"].add("content") or content(*given))
    fresh = Engine(site.engine.client, site.engine.home)
    mine = Site(site.project, site.bridged, fresh, site.toolbox, Store(site.store.root))
    planned = plan(mine.line(*BOTH))
    assert [step.build for step in planned] == [False, False]
    assert len(mine.line(*BOTH).workshop.roots.headers) > 206
    assert seen["read"], "headers come out of the store"
    assert not seen["read"] & payloads
    assert not seen["asked"]


def test_a_build_of_stage_two_names_the_bridged_packages_in_its_root(site: Site) -> None:
    with pytest.raises(Failure) as raised:
        plan(site.line(rendered("tiny", TINY), stage=2))
    (problem,) = raised.value.problems
    assert problem.kind is Kind.BUILD
    assert "binutils" in problem.why


def test_stages_are_counted_without_building(site: Site) -> None:
    asks = rendered("asks", USER.replace("user", "asks").replace("tiny-devel", "new"))
    line = site.line(*BOTH)
    build(site, line)
    found = {one.component: one for one in leanings(site.line(*BOTH))}
    assert found["user"].own == ("tiny-devel",)
    assert "gcc" in found["tiny"].bridged
    new = rendered("new", USER.replace("user", "new").replace("tiny-devel", "no-such-thing"))
    assert {one.component: one.unknown for one in leanings(site.line(asks, new))} == {
        "asks": "new must be built first",
        "new": "`new` needs `no-such-thing`, which nothing provides",
    }


def test_what_is_built_otherwise_once_is_not_remembered(site: Site, locked) -> None:
    build(site, site.line(*BOTH))
    more = rendered("tiny", TINY.replace("BuildRequires: gcc", "BuildRequires: gcc make"))
    once = site.line(more, lock=locked, once=["tiny"])
    (built,) = build(site, once)
    assert "package/make" in built.inputs, "the lock does not hold it, and is not asked"
    assert [(one.build, one.reason) for one in plan(site.line(*BOTH, lock=locked))] == [(False, "cached")] * 2
    (step,) = explain(site.line(rendered("tiny", TINY)), ["tiny"])
    assert step.moves == ()


def test_packages_of_a_folder_go_before_all_others(site: Site, tmp_path: Path) -> None:
    (tiny, _) = build(site, site.line(*BOTH))
    devel = next(rpm for rpm in tiny.rpms if rpm.name == "tiny-devel")
    (tmp_path / "below").mkdir()
    shutil.copy(site.store.path(devel.digest), tmp_path / "below" / "x.rpm")
    local = read_local(tmp_path, site.toolbox, site.store)
    assert [(rpm.name, rpm.origin) for rpm in local] == [("tiny-devel", LOCAL)]
    line = site.line(rendered("user", USER), once=["user"])
    line.workshop.add(local)
    build(site, line, force=True)
    assert {rpm.origin for rpm in line.job("user").packages if rpm.name == "tiny-devel"} == {LOCAL}
    assert LOCAL in {rpm.origin for rpm in site.checked}, "they are asked for their signature as all are"
    (tmp_path / "below" / "x.rpm").write_bytes(b"no package")
    for folder, kind in ((tmp_path, Kind.REPOSITORY), (tmp_path / "none", Kind.USAGE)):
        with pytest.raises(Failure) as raised:
            read_local(folder, site.toolbox, site.store)
        assert raised.value.kind is kind
