"""rpmbuild in the engine for real: builds twice to the same bytes, once where once is enough, and fails with a hand to hold."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.integration.building import TINY, USER, Site, build, rendered

from headwater.build import build_all, plan, shell
from headwater.build.rpmbuild import FIXED_TIME
from headwater.command import run
from headwater.errors import Failure, Kind, fail
from headwater.rpm import headers
from headwater.rpm.model import Rpm
from headwater.sign import open_key, sign_packages

pytestmark = [pytest.mark.toolbox, pytest.mark.world]


def test_two_builds_give_the_same_bytes_and_a_third_is_a_cache_hit(site: Site) -> None:
    line = site.line(rendered("tiny", TINY))
    (first,) = build(site, line, force=True)
    last = line.last("tiny")
    assert last
    assert last.seconds == first.seconds
    assert last.facts["memory"] > 1 << 20, "what its processes held is known for the next time"
    (second,) = build(site, site.line(rendered("tiny", TINY)), force=True)
    site.checked = []
    (third,) = build(site, site.line(rendered("tiny", TINY)))
    assert {rpm.name for rpm in first.rpms} >= {"tiny", "tiny-devel", "tiny-debuginfo"}
    assert first.rpms == second.rpms == third.rpms
    assert (second.cached, third.cached) == (False, True)
    assert third.reason == "cached"
    assert not site.checked


def test_a_package_tells_nothing_of_the_machine_and_the_day(site: Site) -> None:
    (built,) = build(site, site.line(rendered("tiny", TINY)))
    rpms = [rpm for rpm in built.rpms if rpm.arch != "src"]
    for header in headers(rpms, site.toolbox, site.store):
        assert header.build_host == "headwater"
        assert header.build_time == FIXED_TIME
        assert header.vendor == "Alki Linux"
        assert all(file.mtime <= FIXED_TIME and file.user == file.group == "root" for file in header.files)


def test_every_input_is_named_and_every_package_was_checked(site: Site) -> None:
    (built,) = build(site, site.line(rendered("tiny", TINY)), force=True)
    named = {name.removeprefix("package/") for name in built.inputs if name.startswith("package/")}
    assert {"source/tiny.spec", "recipe", "root/etc/rpm/macros.zz-headwater"} <= built.inputs.keys()
    assert {"gcc", "rpm", "bash"} <= named
    assert named == {rpm.name for rpm in site.checked}
    assert site.store.read(built.log).startswith(b"Executing(%mkbuilddir)") or b"Executing(%prep)" in site.store.read(built.log)


def test_who_needs_a_package_is_built_after_it(site: Site) -> None:
    line = site.line(rendered("user", USER), rendered("tiny", TINY))
    assert [step.component for step in plan(line)] == ["tiny", "user"]
    built = build(site, line)
    assert [one.component for one in built] == ["tiny", "user"]
    assert "package/tiny-devel" in built[1].inputs


def test_a_change_that_changes_nothing_stops_the_wave(site: Site) -> None:
    build(site, site.line(rendered("user", USER), rendered("tiny", TINY)))
    changed = site.line(rendered("user", USER), rendered("tiny", TINY.replace("one line", "a single line")))
    tiny, user = build(site, changed)
    assert tiny.reason.startswith(("source changed: tiny.spec", "cached"))
    assert (user.cached, user.reason) == (True, "cached")


def test_a_failure_names_component_phase_cause_log_and_next_step(site: Site) -> None:
    broken = TINY.replace('test "$(id -u)" = 0', "echo 'test 7 failed: no such thing' >&2; exit 1")
    line = site.line(rendered("user", USER), rendered("tiny", broken))
    with pytest.raises(Failure) as raised:
        build(site, line)
    first, second = raised.value.problems
    assert first.kind is Kind.BUILD
    assert "`tiny`" in first.what
    assert "%check" in first.what
    assert "test 7 failed" in first.why
    assert "whole log: " in first.why
    assert first.hint == "hw build tiny --shell"
    assert "`user`" in second.what


def test_a_build_has_its_limits(site: Site) -> None:
    with pytest.raises(Failure) as raised:
        build(site, site.line(rendered("tiny", TINY.replace("%check", "%check\nsleep 100")), timeout=8))
    assert "did not end within 8 s" in raised.value.problems[0].why
    with pytest.raises(Failure) as raised:
        build(site, site.line(rendered("tiny", TINY.replace("%check", "%check\nhead -c 9M /dev/zero > big")), disk=8))
    assert "%check" in raised.value.problems[0].what


def test_an_unsigned_package_enters_no_root(site: Site) -> None:
    def refuse(rpms: Sequence[Rpm]) -> None:
        raise fail(Kind.SIGNATURE, f"`{rpms[0].nevra}` is not signed")

    with pytest.raises(Failure) as raised:
        build_all(site.line(rendered("tiny", TINY)), sign=site.sign, verify=refuse, force=True)
    assert raised.value.kind is Kind.SIGNATURE


def test_a_signature_changes_nothing_for_those_who_need_the_package(site: Site, tmp_path: Path) -> None:
    line = site.line(rendered("user", USER), rendered("tiny", TINY))
    build(site, line)
    key = open_key(tmp_path / "keys", "tests", site.toolbox)
    tiny, user = build_all(line, sign=lambda rpms: sign_packages(rpms, key, site.toolbox, site.store), verify=site.verify)
    assert all(rpm.digest != rpm.payload for rpm in tiny.rpms)
    assert user.cached


def test_what_can_not_be_found_is_told_before_anything_is_built(site: Site) -> None:
    line = site.line(rendered("tiny", TINY.replace("BuildRequires: gcc", "BuildRequires: gcc, no-such-thing >= 3")))
    for work in (lambda: plan(line), lambda: build(site, line)):
        with pytest.raises(Failure) as raised:
            work()
        (problem,) = raised.value.problems
        assert problem.where
        assert (problem.kind, problem.where.file, problem.where.line) == (Kind.BUILD, "tiny.spec", 6)
        assert "`no-such-thing >= 3`" in problem.what


def test_the_shell_stands_in_that_very_root(site: Site) -> None:
    line = site.line(rendered("user", USER), rendered("tiny", TINY))
    script = "cat SPECS/user.spec /usr/include/tiny.h; id -u; touch /usr/here; bash build > /dev/null; ls RPMS/noarch"
    with shell(line, "user", sign=site.sign, verify=site.verify, words=("/bin/bash", "-c", script)) as words:
        said = run(words).text
    assert said == f"{USER}1\n0\nuser-1-1.noarch.rpm\n"
