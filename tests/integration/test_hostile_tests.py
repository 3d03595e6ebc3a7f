"""Packages that attack who tests them: held as builds are, and by nothing that stands in the root of the test."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tests.integration.attacking import FILES, HEAD, INSTALL, TOKEN, Target, aiming, attacks, became
from tests.integration.building import Site, build, rendered

from headwater.build import Bench
from headwater.config.suites import PackageTest
from headwater.origin import Origin
from headwater.report import CheckResult

pytestmark = [pytest.mark.toolbox, pytest.mark.world]
PARTS = """
%package preload
Summary: s
%description preload
For tests.
%package shell
Summary: s
Requires: python3
Provides: /bin/sh
%description shell
For tests.
"""
SHELL = r"#!/usr/bin/python3 -I\nprint(open('/proc/self/status').read())\n"
MORE = rf"""
mkdir -p %{{buildroot}}/fence/bin %{{buildroot}}/fence/lib/glibc-hwcaps/x86-64-v2 %{{buildroot}}/etc %{{buildroot}}/usr/bin
printf '#!/bin/sh\necho owned\n' > %{{buildroot}}/fence/bin/mine
chmod 755 %{{buildroot}}/fence/bin/mine
cp %{{buildroot}}/fence/bin/mine %{{buildroot}}/fence/bin/setpriv
echo x > %{{buildroot}}/fence/lib/glibc-hwcaps/x86-64-v2/libc.so.6
echo /usr/lib/hostile.so > %{{buildroot}}/etc/ld.so.preload
printf "{SHELL}" > %{{buildroot}}/usr/bin/sh
chmod 755 %{{buildroot}}/usr/bin/sh
"""
FILE_LISTS = "/fence\n%files preload\n/etc/ld.so.preload\n%files shell\n/usr/bin/sh\n"
SPEC = HEAD.replace("SUMMARY", "s").replace("NEEDS\n", "") + f"{PARTS}%install\n{INSTALL}\n{MORE}\n{FILES}{FILE_LISTS}"
LIMITS = {"processes": 100, "memory": 500, "disk": 100, "log": 2}
LIMITED = ("fork-bomb", "memory-together", "many-large-files", "endless-log")
OF_BUILDS = {"own-macros", "replaced-folder"}  # they are after what only a build has
HELD = {"/build/home": "/test", "/build/build": "/fence/run"}  # what an attack finds in the place of a build's


def limited() -> list[dict[str, Any]]:
    return [one for one in attacks("builds") if one["name"] in LIMITED]


def every_test(target: Target) -> Iterator[dict[str, Any]]:
    within = target.from_within()
    for place, ours in HELD.items():
        within = within.replace(place, ours)
    programs = ("hostile", "bash", "coreutils")  # bash by name: one of ours is a shell, too
    yield {"name": "inside", "command": within, "packages": (*programs, "python3", "grep"), "timeout": 120}
    yield {"name": "endless", "command": "while :; do :; done", "packages": programs, "timeout": 4}
    yield {"name": "forged", "command": "printf '\\033]0;owned\\007\\033[2Jred\\n'; exit 1", "packages": programs}
    for one in limited():
        yield {"name": one["name"], "command": one["build"], "packages": programs, "timeout": 120}
    for one in attacks("tests"):
        yield {"name": one["name"], "command": one["command"], "packages": tuple(one["packages"])}


@pytest.fixture(scope="module")
def target(shared_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with aiming(shared_site, tmp_path_factory.mktemp("target")) as found:
        yield found


@pytest.fixture(scope="module")
def answers(shared_site: Site, target: Target) -> dict[str, CheckResult]:
    """What became of every test, by name; none has changed this machine."""
    before, where = target.state(), Origin(file="headwater.toml", line=7)
    line = shared_site.line(rendered("hostile", SPEC), **LIMITS)
    tests = [PackageTest(reason="For a test", where=where, **one) for one in every_test(target)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(TOKEN, "not for tests")
        build(shared_site, line)
        bench = Bench(line, shared_site.project.build_root, shared_site.verify)
        found = {one.name: one for one in bench.run_all({"hostile": tests}, 2)["hostile"]}
    assert target.state() == before
    return found


def each(found: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("attack", [pytest.param(one, id=one["name"]) for one in found])


@each([one for one in attacks("inside") if one["name"] not in OF_BUILDS])
def test_from_within_a_test(attack: dict[str, Any], answers: dict[str, CheckResult]) -> None:
    said = became(answers["inside"].output)[attack["name"]]
    assert said.startswith("held: "), said
    assert re.search(attack["says"], said), said


@each(limited())
def test_on_a_limit(attack: dict[str, Any], answers: dict[str, CheckResult]) -> None:
    found = answers[attack["name"]]
    assert not found.passed
    says = re.sub(r"\d+", r"\\d+", attack["says"])  # its limits are LIMITS here
    assert re.search(says, found.output), found.output
    assert "in [components.hostile.build]" in found.output


def test_without_an_end(answers: dict[str, CheckResult]) -> None:
    found = answers["endless"]
    assert not found.passed
    assert "did not end within 4 s" in found.output
    assert "`timeout` of the test" in found.output


def test_what_it_says_moves_no_terminal(answers: dict[str, CheckResult]) -> None:
    found = answers["forged"]
    assert found.code == 1
    assert "red" in found.output
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", found.output)


@each(attacks("tests"))
def test_by_what_is_in_the_root(attack: dict[str, Any], answers: dict[str, CheckResult]) -> None:
    said = answers[attack["name"]].output
    assert re.search(attack["says"], said, re.MULTILINE), said
