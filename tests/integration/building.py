"""What tests build with: the distribution's build roots and bridge, packages of their own, and a line from these to RPMs."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from headwater.build import Line, build_all
from headwater.build.model import BuiltPackage
from headwater.config import Project
from headwater.config.model import BuildRule
from headwater.config.workshop import NamedPackages
from headwater.digest import digest_bytes
from headwater.engine import Engine
from headwater.render.model import RenderedPackage
from headwater.rpm.lock import PackageLock
from headwater.rpm.model import Rpm
from headwater.store import Store
from headwater.toolbox import Toolbox
from headwater.upstream.model import LooseFile, Pin, SourceTree

TINY = """Name: tiny
Version: 1
Release: 1%{?dist}
Summary: A program of one line
License: MIT
BuildRequires: gcc
%description
For tests.
%package devel
Summary: Its header
%description devel
For tests.
%prep
%setup -q -c -T
%build
echo '#include <stdio.h>
int main(void) { puts(__DATE__ __TIME__); }' > tiny.c
gcc %{optflags} %{build_ldflags} -o tiny tiny.c
%install
install -D tiny %{buildroot}%{_bindir}/tiny
mkdir -p %{buildroot}%{_includedir}
date > %{buildroot}%{_includedir}/tiny.h
echo 1 > %{buildroot}%{_includedir}/tiny.h
%check
test "$(./tiny)" = "Jan  1 202600:00:00"
test "$(id -u)" = 0
%files
%{_bindir}/tiny
%files devel
%{_includedir}/tiny.h
"""
USER = """Name: user
Version: 1
Release: 1
Summary: Needs the other
License: MIT
BuildArch: noarch
BuildRequires: tiny-devel
%description
For tests.
%install
install -D %{_includedir}/tiny.h %{buildroot}%{_datadir}/user/tiny.h
%files
%{_datadir}/user
"""


def rendered(name: str, spec: str) -> RenderedPackage:
    pin = Pin(kind="local", name=name, digest=digest_bytes(spec.encode()))
    tree = SourceTree(component=name, spec=f"{name}.spec", files={f"{name}.spec": LooseFile(content=spec.encode())}, pin=pin)
    return RenderedPackage(component=name, upstream=tree, tree=tree, changes=(), digest=pin.digest)


class Site:
    """What every test builds with; `checked` are the packages that were asked for their signature."""

    def __init__(self, project: Project, bridged: Sequence[Rpm], engine: Engine, toolbox: Toolbox, store: Store) -> None:
        self.project, self.bridged, self.engine, self.toolbox, self.store = project, bridged, engine, toolbox, store
        self.checked: list[Rpm] = []

    def line(
        self,
        *packages: RenderedPackage,
        lock: PackageLock | None = None,
        once: Collection[str] = (),
        place: str = "",
        rules: Mapping[str, BuildRule] = {},
        prefer: tuple[NamedPackages, ...] = (),
        **rule: Any,
    ) -> Line:
        rules = {one.component: BuildRule(**rule) for one in packages} | dict(rules)
        root, engine = self.project.build_root, self.engine
        root = replace(root, prefer=(*root.prefer, *prefer))
        return Line(
            packages,
            rules,
            root,
            self.bridged,
            engine=engine,
            toolbox=self.toolbox,
            store=self.store,
            lock=lock,
            verify=self.verify,
            once=once,
            place=place,
        )

    @staticmethod
    def sign(rpms: tuple[Rpm, ...]) -> tuple[Rpm, ...]:
        return rpms

    def verify(self, rpms: Sequence[Rpm]) -> None:
        self.checked += rpms


def build(site: Site, line: Line, **more: object) -> tuple[BuiltPackage, ...]:
    return build_all(line, sign=site.sign, verify=site.verify, **more)
