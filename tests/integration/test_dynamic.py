"""%generate_buildrequires for real: rounds until nothing new is asked for, in roots that hold what was asked for before."""

import time

import msgspec
import pytest
from tests.integration.building import TINY, USER, Site, build, rendered

from headwater.build import build_all, lock_roots, plan
from headwater.build.lock import held
from headwater.errors import Failure, Kind

pytestmark = [pytest.mark.toolbox, pytest.mark.world]
# Asks for make first; only where make is there, for what TINY gives and for m4.
ASKING = """Name: asking
Version: 1
Release: 1
Summary: Asks when it is run
License: MIT
BuildArch: noarch
%description
For tests.
%prep
test ! -e /dev/tcp/192.0.2.1/80
%generate_buildrequires
echo bash
echo make
if test -x /usr/bin/make; then echo tiny-devel; echo 'm4 >= 1.4'; fi
%build
test -x /usr/bin/m4
%install
install -D %{_includedir}/tiny.h %{buildroot}%{_datadir}/asking/tiny.h
%files
%{_datadir}/asking
"""
STAIRS = """Name: stairs
Version: 1
Release: 1
Summary: Packages to ask for
License: MIT
BuildArch: noarch
%description
For tests.
{packages}
%install
mkdir -p %{{buildroot}}/usr/share/stairs
for step in $(seq 12); do echo > %{{buildroot}}/usr/share/stairs/$step; done
{files}
"""
STEP = "%package -n stair-{0}\nSummary: One\n%description -n stair-{0}\nOne.\n"
STAIR = STAIRS.format(
    packages="".join(STEP.format(number) for number in range(1, 13)),
    files="".join(f"%files -n stair-{number}\n/usr/share/stairs/{number}\n" for number in range(1, 13)),
)
ENDLESS = (
    ASKING.replace("asking", "endless")
    .replace(
        ASKING[ASKING.index("echo bash") : ASKING.index("%build")], "echo stair-$(($(ls /usr/share/stairs | wc -l) + 1))\n"
    )
    .replace("%description", "BuildRequires: stair-1\n%description", 1)
)


def test_what_is_asked_for_in_rounds_is_built_first_and_is_in_the_root(site: Site) -> None:
    asking = rendered("asking", f"# {time.time()}: rounds that were never run\n{ASKING}")
    line = site.line(asking, rendered("tiny", TINY))
    built = {one.component: one for one in build(site, line)}
    named = {name.removeprefix("package/") for name in built["asking"].inputs if name.startswith("package/")}
    assert {"make", "m4", "tiny-devel"} <= named
    assert built["asking"].inputs["asked"] == "bash, m4 >= 1.4, make, tiny-devel"
    assert line.needs["asking"] == ("tiny",)
    checked = {rpm.name for rpm in site.checked}
    assert "make" in checked, "packages are checked before they enter the root of a round, too"
    again = site.line(asking, rendered("tiny", TINY))
    assert [(step.component, step.build) for step in plan(again)] == [("tiny", False), ("asking", False)]
    only = build(site, site.line(asking, rendered("tiny", TINY)), only=["asking"])
    assert [one.component for one in only] == ["tiny", "asking"]


def test_the_lock_knows_what_was_asked_for(site: Site) -> None:
    packages = (rendered("asking", ASKING), rendered("tiny", TINY))
    lock = lock_roots(site.line(*packages), None, sign=site.sign, verify=site.verify, jobs=2)
    assert {"make", "m4", "tiny-devel"} <= held(lock, "asking").keys()
    assert build(site, site.line(*packages, lock=lock))
    loose = msgspec.structs.replace(lock, groups={**lock.groups, "asking": ()})
    with pytest.raises(Failure) as raised:
        build(site, site.line(*packages, lock=loose))
    assert raised.value.problems[0].hint == "hw build --lock asking"


def test_who_needs_it_waits_and_another_that_breaks_stops_nobody(site: Site) -> None:
    user = rendered("user", USER.replace("tiny-devel", "asking").replace("%{_includedir}/tiny.h", "%{_datadir}/asking/tiny.h"))
    bad = rendered("bad", USER.replace("user", "bad").replace("tiny-devel", "bash").replace("install -D", "false"))
    line = site.line(user, rendered("asking", ASKING), bad, rendered("tiny", TINY))
    with pytest.raises(Failure) as raised:
        build_all(line, sign=site.sign, verify=site.verify)
    assert ["`bad`" in problem.what for problem in raised.value.problems] == [True]
    assert {"tiny", "asking", "user"} <= line.workshop.roots.built


def test_a_spec_that_never_settles_is_told_with_its_rounds(site: Site) -> None:
    with pytest.raises(Failure) as raised:
        build(site, site.line(rendered("stairs", STAIR), rendered("endless", ENDLESS)))
    (problem,) = raised.value.problems
    assert problem.kind is Kind.BUILD
    assert problem.where
    assert ENDLESS.splitlines()[problem.where.line - 1] == "%generate_buildrequires"
    assert problem.why.splitlines()[:2] == ["round 1: `stair-2`", "round 2: `stair-3`"]
    assert len(problem.why.splitlines()) == 10


def test_what_nothing_provides_and_what_breaks_are_told(site: Site) -> None:
    spec = ASKING.replace("echo bash", "echo no-such-thing")
    with pytest.raises(Failure) as raised:
        plan(site.line(rendered("asking", spec), rendered("tiny", TINY)))
    assert "`no-such-thing`" in raised.value.problems[0].what
    with pytest.raises(Failure) as raised:
        plan(site.line(rendered("asking", ASKING.replace("echo bash", "echo oh no; exit 3"))))
    (problem,) = raised.value.problems
    assert "%generate_buildrequires" in problem.what
    assert "whole log: " in problem.why


def test_components_that_ask_for_each_other_are_a_cycle(site: Site) -> None:
    other = ASKING.replace("asking", "other").replace("tiny-devel", "asking")
    with pytest.raises(Failure) as raised:
        build(site, site.line(rendered("asking", ASKING.replace("tiny-devel", "other")), rendered("other", other)))
    assert " needs " in raised.value.problems[0].why
