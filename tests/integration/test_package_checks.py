"""Small packages with one fault each, built for real and asked by the toolbox's tools: each fault is found under its id."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import msgspec
import pytest
from tests.integration.heard import hearing

from headwater import check
from headwater.bridge import bridge
from headwater.build import Line, build_all
from headwater.build.model import BuiltPackage
from headwater.check.model import Finding, Judged
from headwater.config import Project, load
from headwater.config.components import FailureRule
from headwater.config.model import BuildRule
from headwater.config.policy import Level
from headwater.digest import digest_bytes
from headwater.engine import open_engine
from headwater.errors import Failure, Kind
from headwater.progress import also_to
from headwater.render.model import RenderedPackage
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox
from headwater.upstream.model import LooseFile, Pin, SourceTree

DISTRO = Path(__file__).parents[2] / "distro"
pytestmark = [pytest.mark.toolbox, pytest.mark.world]

SPEC = """Name: {name}
Version: {version}
Release: 1
Summary: One fault
License: {licence}
BuildArch: noarch
{tags}
%description
For tests.
{more}
%install
mkdir -p %{{buildroot}}/usr/share/{name}
echo 'Permission is hereby granted, free of charge, to any person obtaining a copy' > COPYING
{install}
%files
%license COPYING
/usr/share/{name}
{files}
"""
PLAIN = {"version": "1", "licence": "MIT", "tags": "", "more": "", "install": "", "files": ""}
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----"
FAULTS = {
    "good": {},
    "suid": {"install": "echo > %{buildroot}/usr/share/suid/x", "files": "%attr(4755,root,root) /usr/share/suid/x"},
    "caps": {"install": "echo > %{buildroot}/usr/share/caps/x", "files": "%caps(cap_net_raw=ep) /usr/share/caps/x"},
    "path": {"install": "echo %{buildroot} | gzip > %{buildroot}/usr/share/path/x.gz"},
    "key": {"install": f"echo '{KEY}' > %{{buildroot}}/usr/share/key/x"},
    "fish": {"more": "%post -p /usr/bin/fish\necho"},
    "unmet": {"tags": "Requires: libnothing.so.1"},
    "gpl": {"licence": "GPL"},
    "isc": {"licence": "ISC"},
    "bin": {
        "install": "mkdir -p %{buildroot}/usr/bin\necho > %{buildroot}/usr/bin/faulty\nchmod 644 %{buildroot}/usr/bin/faulty",
        "files": "/usr/bin/faulty",
    },
    "clash": {
        "install": "mkdir -p %{buildroot}/usr/bin\necho > %{buildroot}/usr/bin/faulty",
        "files": "%attr(755,root,root) /usr/bin/faulty",
    },
}
LIBRARIES = """Name: libs
Version: {version}
Release: 1
Summary: Two libraries
License: MIT
BuildRequires: gcc
%description
For tests.
%prep
%setup -q -c -T
%build
echo 'int one(void) {{ return 1; }}' > one.c
echo 'int two(void) {{ return 2; }} {more}' > two.c
gcc %{{optflags}} %{{build_ldflags}} -shared -fPIC -Wl,-soname,libone.so.{version} -o libone.so.{version} one.c
gcc %{{optflags}} %{{build_ldflags}} -shared -fPIC -Wl,-soname,libtwo.so.1 -o libtwo.so.1 two.c
%install
mkdir -p %{{buildroot}}%{{_libdir}}
install -m 755 lib*.so.* %{{buildroot}}%{{_libdir}}
echo 'Permission is hereby granted, free of charge, to any person obtaining a copy' > COPYING
%files
%license COPYING
%{{_libdir}}/lib*
"""
POLICY = """
[[components.suid.policy.allow]]
check = "setuid"
expires = "{day}"
reason = "For a test"
"""


def rendered(name: str, spec: str) -> RenderedPackage:
    pin = Pin(kind="local", name=name, digest=digest_bytes(spec.encode()))
    tree = SourceTree(component=name, spec=f"{name}.spec", files={f"{name}.spec": LooseFile(content=spec.encode())}, pin=pin)
    return RenderedPackage(component=name, upstream=tree, tree=tree, changes=(), digest=pin.digest)


class Site:
    """Everything built once: packages with faults, and two versions of two libraries."""

    def __init__(self, toolbox: Toolbox, store: Store, folder: Path) -> None:
        self.toolbox, self.store, self.place = toolbox, store, folder / "repo"
        self.project = load(DISTRO / "headwater.toml")
        self.bridged = bridge(self.project.bridge, self.project.root, toolbox, store)
        faulty = [rendered(name, SPEC.format(name=name, **{**PLAIN, **fault})) for name, fault in FAULTS.items()]
        old = rendered("libs", LIBRARIES.format(version=1, more="int gone(void) { return 3; }"))
        new = rendered("libs", LIBRARIES.format(version=2, more=""))
        self.faulty, self.old, self.new = (self.build(packages) for packages in (faulty, [old], [new]))
        self.found = check.examine(self.ground(self.faulty, self.bridged))

    def build(
        self, packages: Sequence[RenderedPackage], rules: Mapping[str, BuildRule] = MappingProxyType({})
    ) -> tuple[BuiltPackage, ...]:
        with open_engine(self.store, self.toolbox) as engine:
            here = [rpm for rpm in self.bridged if rpm.arch != "aarch64"]
            line = Line(packages, rules, self.project.build_root, here, engine=engine, toolbox=self.toolbox, store=self.store)
            return build_all(line, sign=lambda rpms: rpms, verify=lambda _: None)

    def ground(self, built: tuple[BuiltPackage, ...], others: tuple[Rpm, ...] | None = None) -> check.Ground:
        return check.Ground(built=built, others=others, place=self.place, toolbox=self.toolbox, store=self.store)


@pytest.fixture(scope="module")
def site(toolbox: Toolbox, store: Store, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(toolbox, store, tmp_path_factory.mktemp("published"))


def found(site: Site, component: str) -> list[tuple[str, str]]:
    return sorted({(one.check, one.name) for one in site.found if one.component == component})


@pytest.mark.parametrize(
    ("component", "wanted"),
    [
        ("good", []),
        ("suid", [("setuid", "/usr/share/suid/x")]),
        ("caps", [("file-capabilities", "/usr/share/caps/x")]),
        ("path", [("build-path", "/usr/share/path/x.gz")]),
        ("key", [("secret", "/usr/share/key/x")]),
        ("fish", [("rpmlint/invalid-shell-in", "/usr/bin/fish"), ("scriptlet-interpreter", "%post")]),
        ("unmet", [("unmet-dependency", "libnothing.so.1")]),
        ("gpl", [("licence-not-spdx", "GPL")]),
        ("isc", [("licence-text-missing", "ISC"), ("licence-text-unclaimed", "/usr/share/licenses/isc/COPYING")]),
        ("bin", [("file-conflict", "/usr/bin/faulty"), ("rpmlint/non-executable-in-bin", "/usr/bin/faulty")]),
        ("clash", []),
    ],
)
def test_each_fault_is_found_under_its_id_and_nothing_else(site: Site, component: str, wanted: list[tuple[str, str]]) -> None:
    assert found(site, component) == wanted


def test_a_second_run_asks_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headwater.toolbox.sandbox.run", None)
    assert check.examine(site.ground(site.faulty, site.bridged)) == site.found


def test_packages_that_are_not_all_are_not_looked_at_together(site: Site) -> None:
    alone = {one.check for one in check.examine(site.ground(site.faulty))}
    assert alone.isdisjoint({"unmet-dependency", "file-conflict", "not-installable"})
    assert "setuid" in alone


def judged(folder: Path, day: str, found: Sequence[Finding]) -> tuple[Project, tuple[Judged, ...]]:
    (folder / "suid.spec").write_text("Name: suid\n")
    distro = '[project]\ndefault-distro = { name = "t", version = "1" }\n[distros.t.versions.1]\n'
    table = '[components.suid]\nspec = { type = "local", path = "suid.spec" }\n'
    (folder / "headwater.toml").write_text(distro + table + POLICY.format(day=day))
    project = load(folder)
    return project, check.judge(found, project, ["suid"], date(2026, 11, 25))


@pytest.mark.parametrize(("day", "level"), [("2026-11-26", Level.ALLOW), ("2026-11-25", Level.ERROR)])
def test_an_exception_holds_until_its_end(site: Site, tmp_path: Path, day: str, level: Level) -> None:
    project, (one,) = judged(tmp_path, day, [one for one in site.found if one.component == "suid"])
    assert one.level is level
    problems = check.problems_of([one], project)
    assert [(problem.kind, problem.where) for problem in problems] == (
        [(Kind.CHECK, project.components["suid"].where)] if level is Level.ERROR else []
    )


def test_libraries_are_compared_with_those_published_before(site: Site) -> None:
    assert not check.examine(site.ground(site.new)), "nothing was published here"
    check.remember(site.ground(site.old))
    assert not check.examine(site.ground(site.old))
    told = {(one.check, one.name): one for one in check.examine(site.ground(site.new))}
    assert set(told) == {("soname-vanished", "libone.so.1"), ("abi-broken", "libtwo.so.1")}
    assert "gone" in told["abi-broken", "libtwo.so.1"].detail
    check.remember(site.ground(site.new))
    with hearing("check") as listener:
        assert not check.examine(site.ground(site.new)), "what is published is what the next is compared with"
    assert not listener.reasons, "packages that were asked are not asked again because they are published"


def test_a_store_that_forgot_what_was_published_compares_nothing(site: Site) -> None:
    gone = msgspec.structs.replace(site.ground(site.new), place=site.place / "elsewhere")
    assert not check.examine(gone)


BROKEN = SPEC.replace("%install", "%build\nfalse\n%install", 1)


def test_a_build_that_is_expected_to_fail_stops_nobody_and_its_success_is_told(site: Site) -> None:
    told = []
    fails, works = (rendered(name, spec.format(name=name, **PLAIN)) for name, spec in (("fails", BROKEN), ("works", SPEC)))
    needs = rendered("needs", SPEC.format(name="needs", **{**PLAIN, "tags": "BuildRequires: fails"}))
    rule = BuildRule(failure=FailureRule(expected=True, expected_reason="For a test"))
    with also_to(SimpleNamespace(tell=told.append)):
        built = site.build([fails, works], {"fails": rule, "works": rule})
        assert [one.component for one in built] == ["works"]
        with pytest.raises(Failure) as raised:
            site.build([fails, works, needs], {"fails": rule})
    assert [problem.what for problem in raised.value.problems] == ["`needs` was not built"]
    ended = {(one.verb, one.name) for one in told if one.outcome}
    assert {("expected", "failure of fails"), ("unexpected", "success of works")} <= ended
