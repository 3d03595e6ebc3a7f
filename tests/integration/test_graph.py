"""Who needs whom, from real specs in any order: what rpm reads of them, what is told where somebody's need is not met."""

import pytest
from tests.integration.building import Site, build, rendered

from headwater.build import Line, plan
from headwater.config.workshop import NamedPackages
from headwater.errors import Failure, Kind
from headwater.origin import Origin

pytestmark = [pytest.mark.toolbox, pytest.mark.world]
SPEC = """%global api 2
%global debug_package %{{nil}}
Name: {name}
Version: {version}
Release: 1
Summary: One of some
License: MIT
{tags}
%description
For tests.
{more}
%install
mkdir -p %{{buildroot}}/usr/share/{name}
%files
/usr/share/{name}
{files}
"""
DYNAMIC = """%generate_buildrequires
%if %{without bootstrap}
echo later
%endif"""


def package(name: str, *tags: str, version: str = "1", more: str = "", files: str = ""):
    return rendered(name, SPEC.format(name=name, version=version, tags="\n".join(tags), more=more, files=files))


def needs(line: Line, name: str) -> tuple[str, ...]:
    line.order([name])
    return line.needs[name]


def only(raised) -> tuple[Kind, Origin | None]:
    (problem,) = raised.value.problems
    return problem.kind, problem.where


def test_what_specs_ask_for_and_give(site: Site) -> None:
    asks = (
        "BuildRequires: giver-devel(x86-64) >= 1, pkgconfig(giver%{api})",
        "%ifarch aarch64\nBuildRequires: of-another-machine\n%endif",
        "%ifarch x86_64\nBuildRequires: of-this-machine\n%endif",
        "BuildRequires: (no-such-thing or rich), ((bare and virtual(x) >= 3) if make)",
        "BuildRequires: /usr/share/byfile",
        "BuildRequires: make, /usr/bin/gcc",
    )
    devel = "%package devel\nSummary: D\nProvides: giver-devel(x86-64) = 1-1\n%description devel\nD."
    line = site.line(
        package("asks", *asks),
        *(package(name) for name in ("of-another-machine", "of-this-machine", "rich", "bare", "byfile", "nothing")),
        package("virtual", "Provides: virtual(x) = 4"),
        package("giver", more=devel, files="%files devel\n%{_libdir}/pkgconfig/giver%{api}.pc"),
    )
    assert needs(line, "asks") == ("bare", "byfile", "giver", "of-this-machine", "rich", "virtual")
    assert line.order(["asks"])[-1] == "asks"


def test_a_version_that_is_too_old_is_told_at_its_line(site: Site) -> None:
    line = site.line(package("asks", "BuildRequires: giver >= 3"), package("giver", version="2"))
    build(site, line, only=["giver"])
    with pytest.raises(Failure) as raised:
        plan(line, only=["asks"])
    assert only(raised) == (Kind.BUILD, Origin(file="asks.spec", line=8))
    assert "`giver-2-1`" in raised.value.problems[0].why


def test_two_that_give_the_same_are_told_at_the_line_that_asks_unless_one_is_preferred(site: Site) -> None:
    packages = (
        package("asks", "BuildRequires: server"),
        package("one", "Provides: server"),
        package("other", "Provides: server"),
        package("aside"),
    )
    line = site.line(*packages)
    with pytest.raises(Failure) as raised:
        line.order()
    assert only(raised) == (Kind.BUILD, Origin(file="asks.spec", line=8))
    assert line.order(["aside"]) == ("aside",)
    rule = NamedPackages(names=("other",), reason="It is the better one")
    assert needs(site.line(*packages, prefer=(rule,)), "asks") == ("other",)


def test_a_cycle_that_shows_only_when_a_spec_is_run_is_broken_too(site: Site) -> None:
    asks = package("asks", "%bcond bootstrap 0", more=DYNAMIC)
    line = site.line(package("later", "BuildRequires: asks"), asks)
    assert line.order() == ("asks", "later")
    built = {one.component: one for one in build(site, line)}
    assert line.order() == ("asks:bootstrap", "later", "asks")
    assert built["asks"].inputs["asked"] == "later"
    assert built["later"].inputs["bootstrap"] == "asks"
    assert [step.component for step in plan(site.line(package("later", "BuildRequires: asks"), asks)) if step.build] == []
    with pytest.raises(Failure) as raised:
        build(
            site,
            site.line(
                package("later", "BuildRequires: asks"), package("asks", more=DYNAMIC.replace("%{without bootstrap}", "1"))
            ),
        )
    assert raised.value.kind is Kind.BUILD
    assert {text.rpartition(": ")[2] for text in raised.value.problems[0].why.splitlines()} >= {"later.spec:8"}
