"""Cycles for real: bootstrap variants are built first, then all that need each other; one without is told, and drawn."""

import xml.etree.ElementTree as ET

import pytest
from tests.integration.building import Site, build, rendered

from headwater.build import Line, dot, lock_roots, plan, prove, proved, reachable, svg
from headwater.build.lock import held
from headwater.config.model import BootstrapRule, BuildRule
from headwater.errors import Failure, Kind
from headwater.origin import Origin

pytestmark = [pytest.mark.toolbox, pytest.mark.world]
SPEC = """{head}Name: {name}
Version: 1
Release: 1
Summary: Of a cycle
License: MIT
BuildArch: noarch
{needs}
%description
For tests.
%build
{build}
%install
install -D -m 0644 {name} %{{buildroot}}/usr/share/cycle/{name}
%files
/usr/share/cycle/{name}
"""


def spec(name: str, build: str, *needs: str, head: str = "") -> str:
    return SPEC.format(name=name, build=build, needs="\n".join(needs), head=head)


# The usual build of each says what the others said, so it is seen in whose root it was built.
EGG = spec(
    "egg",
    "%if %{with bootstrap}\necho an egg > egg\n%else\ncat /usr/share/cycle/hen > /dev/null; echo an egg > egg\n%endif",
    "%if %{without bootstrap}\nBuildRequires: hen\nBuildRequires: coop\n%endif",
    head="%bcond bootstrap 0\n",
)
HEN = spec("hen", "cat /usr/share/cycle/egg > hen; echo hatched >> hen", "BuildRequires: egg")
# Two cycles that lock into each other, and one who is outside. `coop` asks for less where a macro says so.
COOP = spec("coop", "echo of wood > coop", "%{!?first:BuildRequires: hen >= 1, (fox or dog)}")
DOG = spec("dog", "cat /usr/share/cycle/coop > dog", "BuildRequires: /usr/share/cycle/coop")
FARM = spec("farm", "cat /usr/share/cycle/{egg,hen,dog} > farm", "BuildRequires: egg hen dog")


PC = "Name: odd\nDescription: odd\nVersion: 2.5\n"
SPECS = {"farm": FARM, "dog": DOG, "coop": COOP, "hen": HEN, "egg": EGG}
RULES = {"coop": BuildRule(bootstrap=BootstrapRule(reason="Hens come later", defines={"first": "1"}))}
ORDER = ("coop:bootstrap", "dog", "egg:bootstrap", "hen", "coop", "egg", "farm")


def farm(site: Site, rules: dict[str, BuildRule] = RULES, **changed: str) -> Line:
    return site.line(*(rendered(name, text) for name, text in (SPECS | changed).items()), rules=rules)


def test_variants_are_built_first_and_never_leave(site: Site) -> None:
    line = farm(site)
    assert line.order() == ORDER
    built = {one.component: one for one in build(site, line)}
    assert list(built) == [name for name in ORDER if ":" not in name]
    assert {name: one.inputs.get("bootstrap") for name, one in built.items() if "bootstrap" in one.inputs} == {
        "dog": "coop",
        "egg": "coop",
        "hen": "egg",
    }
    assert {rpm.component for one in built.values() for rpm in one.rpms} == set(built)
    again = build(site, farm(site))
    assert all(one.cached for one in again)
    assert [one.rpms for one in again] == [one.rpms for one in built.values()]
    steps = {step.component: step for step in plan(farm(site, egg=EGG.replace("an egg", "a new egg")))}
    assert [name for name, step in steps.items() if not step.build] == ["coop:bootstrap", "dog"]


def test_the_lock_has_roots_of_variants(site: Site) -> None:
    lock = lock_roots(farm(site), None, sign=site.sign, verify=site.verify, jobs=2)
    assert set(ORDER) < set(lock.groups)
    assert {"coop", "dog"} & held(lock, "coop:bootstrap").keys() == set()
    assert "hen" in held(lock, "coop")


def test_a_cycle_without_a_variant_is_told_with_its_lines_and_drawn_all_the_same(site: Site) -> None:
    plain = EGG.replace("bootstrap", "other")
    line = farm(site, egg=plain)
    with pytest.raises(Failure) as raised:
        line.order()
    (problem,) = raised.value.problems
    at = plain.splitlines().index("BuildRequires: hen") + 1
    assert (problem.kind, problem.where) == (Kind.BUILD, Origin(file="egg.spec", line=at))
    assert [text.rpartition(": ")[2] for text in problem.why.splitlines()[:2]] == [f"egg.spec:{at}", "hen.spec:7"]
    assert line.order(["dog"]) == ("coop:bootstrap", "dog"), "what does not need it can be built"
    picture = dot(line.route.course, reachable(line.route.course, ()))
    drawn = ET.fromstring(svg(picture, site.toolbox))  # noqa: S314 made by the toolbox's Graphviz
    titles = {one.text for one in drawn.iter("{http://www.w3.org/2000/svg}title")}
    assert {"egg", "hen", "coop:bootstrap", "egg->hen", "hen->egg"} <= titles


def closed(site: Site, line: Line) -> tuple[int, int, set[str]]:
    """Generations that are usual, and that give themselves again; files that are other ones in these."""
    (circle,) = line.route.course.circles
    found = prove(line, circle, sign=site.sign, verify=site.verify, jobs=2)
    assert proved(line, circle) == found
    assert found.members == circle.members
    return found.usual, found.generation, {path for paths in found.differs.values() for path in paths}


def test_a_cycle_gives_itself_again(site: Site) -> None:
    assert closed(site, farm(site)) == (1, 1, set())


def test_what_is_left_of_a_variant_is_gone_after_another_turn(site: Site) -> None:
    traces = EGG.replace("echo an egg > egg\n%else", "echo a first egg > egg\n%else")
    assert closed(site, farm(site, egg=traces)) == (1, 2, {"/usr/share/cycle/hen"})
    rule = BootstrapRule(reason="Hens come later", defines={"first": "1"}, generations=2)
    line = farm(site, egg=traces, rules={"coop": BuildRule(bootstrap=rule)})
    assert closed(site, line) == (2, 2, set())
    built = {one.component: one for one in build(site, farm(site, egg=traces, rules=line.rules))}
    assert sorted(built) == ["coop", "dog", "egg", "farm", "hen"]
    assert "bootstrap" not in built["farm"].inputs
    lock = lock_roots(farm(site, egg=traces, rules=line.rules), None, sign=site.sign, verify=site.verify, jobs=2)
    assert "hen:bootstrap2" in lock.groups


def test_a_cycle_that_never_gives_itself_again_is_told(site: Site) -> None:
    line = farm(site, egg=EGG.replace("; echo an egg", "; cat /usr/share/cycle/hen"))
    (circle,) = line.route.course.circles
    with pytest.raises(Failure) as raised:
        prove(line, circle, sign=site.sign, verify=site.verify, jobs=2)
    assert raised.value.kind is Kind.BUILD
    assert "/usr/share/cycle/" in raised.value.problems[0].why
    assert proved(line, circle) is None


def test_what_only_a_build_shows_is_in_the_next_graph(site: Site, place: str) -> None:
    giver = spec("giver", "echo > giver; echo /usr/share/pkgconfig/odd.pc > list").replace("%files", "%files -f list")
    giver = giver.replace("%files", "cat > %{buildroot}/usr/share/pkgconfig/odd.pc <<end\n" + PC + "end\n%files", 1)
    giver = giver.replace("install -D", "mkdir -p %{buildroot}/usr/share/pkgconfig\ninstall -D", 1)
    taker = spec("taker", "pkg-config --modversion odd > taker", "BuildRequires: pkgconfig(odd) >= 2")

    def line() -> Line:
        return site.line(rendered("taker", taker), rendered("giver", giver), place=place)

    with pytest.raises(Failure) as raised:
        plan(line())
    assert raised.value.problems[0].where == Origin(file="taker.spec", line=7)
    build(site, line(), only=["giver"])
    assert line().order() == ("giver", "taker")
    build(site, line())
