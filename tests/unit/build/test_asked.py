"""Where a BuildRequires stands."""

import pytest

from headwater.build.asked import place_of
from headwater.config.workshop import BuildRootRule, NamedPackages
from headwater.origin import Origin
from headwater.upstream.model import LooseFile, Pin, SourceTree

SPEC = """Name: x
%global onig oniguruma
BuildRequires: gcc, make >= 4
%if 1
BuildRequires:  (cmake or   meson)
%endif
BuildRequires: %{onig}-devel
BuildRequires: make >= 5
%description
BuildRequires: nothing
%package devel
BuildRequires: pkgconfig(zlib)
"""
TABLE = Origin(file="build-root.toml", line=4)
RULE = BuildRootRule(packages=(NamedPackages(names=("bash",), reason="test", where=TABLE),))


@pytest.mark.parametrize(
    ("dependency", "line"),
    [
        ("gcc", 3),
        ("make >= 5", 8),
        ("make", 3),
        ("(cmake or meson)", 5),
        ("oniguruma-devel", 7),
        ("pkgconfig(zlib)", 12),
        ("nothing", 0),
    ],
)
def test_it_is_found_in_its_line(dependency: str, line: int) -> None:
    tree = SourceTree(
        component="x",
        spec="x.spec",
        files={"x.spec": LooseFile(content=SPEC.encode())},
        pin=Pin(kind="local", name="x", digest=""),
    )
    assert place_of(dependency, tree, RULE) == Origin(file="x.spec", line=line)
    assert place_of("bash", tree, RULE) == TABLE
    assert place_of(dependency, tree, RULE, "specs/x/x.spec").file == "specs/x/x.spec"
