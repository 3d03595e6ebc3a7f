"""Tests of built packages for real: what they see, and what becomes of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.bridge import bridge
from headwater.build import Bench, Line, build_all
from headwater.config import load
from headwater.config.model import BuildRule
from headwater.config.suites import PackageTest
from headwater.digest import digest_bytes
from headwater.engine import open_engine
from headwater.origin import Origin
from headwater.render.model import RenderedPackage
from headwater.report import CheckResult
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox
from headwater.upstream.model import LooseFile, Pin, SourceTree

DISTRO = Path(__file__).parents[2] / "distro"
pytestmark = [pytest.mark.toolbox, pytest.mark.world]
SPEC = """Name: small
Version: 1
Release: 1
Summary: A program, and a package that forgot what it needs
License: MIT
BuildArch: noarch
BuildRequires: python3
%description
For tests.
%package forgetful
Summary: Written in a language that it does not require
%description forgetful
For tests.
%install
mkdir -p %{buildroot}%{_bindir}
printf '#!/bin/sh\\necho small 1\\n' > %{buildroot}%{_bindir}/small
printf 'import sys\\n' > %{buildroot}%{_bindir}/forgetful
chmod 755 %{buildroot}%{_bindir}/*
%files
%{_bindir}/small
%files forgetful
%{_bindir}/forgetful
"""
TESTS = {
    "passes": {"command": "small", "match": "^small 1$"},
    "fails": {"command": "small; exit 3"},
    "fails as expected": {"command": "exit 3", "code": 3},
    "says something else": {"command": "small", "match": "small 2"},
    "stops at the first failure": {"command": "false\ntrue"},
    "sees no build root": {"command": "command -v rpmbuild gcc python3 || test ! -e /build"},
    "forgot the language": {"packages": ("small-forgetful",), "command": "python3 /usr/bin/forgetful"},
    "asks for it": {"packages": ("small-forgetful", "python3"), "command": "python3 /usr/bin/forgetful"},
    "asks for what nobody has": {"packages": ("small", "smal-devel"), "command": "true"},
    "has no end": {"command": "while :; do :; done", "timeout": 2},
    "has no network": {"command": 'while read -r line; do echo "$line"; done < /proc/net/dev', "match": r"^[^:]*lo:[^:]*$"},
    "may write where it is": {"command": "echo x > file; test -s file"},
}
HERE = Origin(file="headwater.toml", line=7)


class Site:
    """One component, built, and its tests, run once."""

    def __init__(self, line: Line) -> None:
        self.line, self.asked = line, list[Rpm]()
        self.built = build_all(line, sign=lambda rpms: rpms, verify=lambda _: None)
        self.rule = load(DISTRO / "headwater.toml").build_root
        self.found = self.run()

    def run(self) -> dict[str, CheckResult]:
        tests = [PackageTest(name=name, reason="For a test", where=HERE, **test) for name, test in TESTS.items()]
        answers = Bench(self.line, self.rule, self.asked.extend).run_all({"small": tests}, 2)
        return {one.name: one for one in answers["small"]}


@pytest.fixture(scope="module")
def site(store: Store, toolbox: Toolbox) -> Iterator[Site]:
    project = load(DISTRO / "headwater.toml")
    bridged = [rpm for rpm in bridge(project.bridge, project.root, toolbox, store) if rpm.arch != "aarch64"]
    pin = Pin(kind="local", name="small", digest=digest_bytes(SPEC.encode()))
    tree = SourceTree(component="small", spec="small.spec", files={"small.spec": LooseFile(content=SPEC.encode())}, pin=pin)
    package = RenderedPackage(component="small", upstream=tree, tree=tree, changes=(), digest=pin.digest)
    with open_engine(store, toolbox) as engine:
        rules = {"small": BuildRule()}
        yield Site(Line([package], rules, project.build_root, bridged, engine=engine, toolbox=toolbox, store=store))


@pytest.mark.parametrize(
    ("name", "passed", "code"),
    [
        ("passes", True, 0),
        ("fails", False, 3),
        ("fails as expected", True, 3),
        ("says something else", False, 0),
        ("stops at the first failure", False, 1),
        ("sees no build root", True, 0),
        ("forgot the language", False, 127),
        ("asks for it", True, 0),
        ("has no network", True, 0),
        ("may write where it is", True, 0),
    ],
)
def test_a_test_ends_as_it_should(site: Site, name: str, code: int, *, passed: bool) -> None:
    found = site.found[name]
    assert (found.passed, found.code) == (passed, code), found.output


def test_what_can_not_be_installed_is_told_with_what_there_is(site: Site) -> None:
    found = site.found["asks for what nobody has"]
    assert not found.passed
    assert "smal-devel" in found.output


def test_a_test_without_an_end_is_ended_and_says_so(site: Site) -> None:
    found = site.found["has no end"]
    assert not found.passed
    assert "2 s" in found.output


def test_packages_are_asked_for_their_signature_before_they_enter(site: Site) -> None:
    assert {"small", "bash"} <= {rpm.name for rpm in site.asked}  # those that fail are run each time


def test_what_passed_is_not_run_again_and_what_failed_is(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []
    run = site.line.engine.run
    monkeypatch.setattr(site.line.engine, "run", lambda action, supply: ran.append(action) or run(action, supply))
    again = site.run()
    assert {name for name, one in again.items() if one.passed} == {name for name, one in site.found.items() if one.passed}
    assert len(ran) == sum(not one.passed for one in again.values()) - 1, "one has no root to be run in"
