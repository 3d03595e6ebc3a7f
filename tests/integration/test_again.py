"""Builds done twice: what follows the world around it is found and named, what does not passes; gdb finds sources."""

from pathlib import Path

import pytest
from tests.integration.building import TINY, Site, build, rendered

from headwater.build.again import BUILD_ID
from headwater.build.variation import ALL, Aspect
from headwater.config.model import Reproducible
from headwater.errors import Failure, Kind
from headwater.repo.model import Repository
from headwater.rpm import headers
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox

pytestmark = [pytest.mark.toolbox, pytest.mark.world]
# a file for each thing that a second build has otherwise, named after it
SAID = {
    Aspect.PATH: "pwd",
    Aspect.TIME: "date +%Y",
    Aspect.ZONE: "date -d @0 +%H",
    Aspect.LOCALE: "locale -k decimal_point",
    Aspect.UMASK: "echo %(umask)",
    Aspect.USER: "id -un",
    Aspect.HOST: "uname -n",
    Aspect.PROCESSORS: "nproc",
    Aspect.ORDER: "ls -U listed",
    Aspect.PROCESSES: "echo $$",
}
MIXED = """Name: mixed
Version: 1
Release: 1
Summary: Tells all that is around its build
License: MIT
BuildArch: noarch
%description
For tests.
%install
mkdir -p listed %{buildroot}%{_datadir}/mixed
touch listed/one listed/two listed/three
SAID
%files
%{_datadir}/mixed
""".replace(
    "SAID",
    "\n".join(f'{say} > "%{{buildroot}}%{{_datadir}}/mixed/{what.value.replace(" ", "-")}"' for what, say in SAID.items()),
)
CLEAN = TINY.replace('test "$(id -u)" = 0\n', "")
MOVABLE = CLEAN.replace("%{build_ldflags}", "%{build_ldflags} -Wl,--build-id=md5")
PLACED = MOVABLE.replace("__DATE__ __TIME__", "__FILE__").replace("tiny tiny.c", 'tiny "$PWD/tiny.c"')
PLACED = PLACED.replace('test "$(./tiny)" = "Jan  1 202600:00:00"\n', "")
UNPACK = 'cd /tmp/root; for rpm in /tmp/rpms/*.rpm; do rpm2cpio "$rpm" | cpio -idm --quiet; done'
GDB = (
    "gdb -nx -batch -iex 'set debug-file-directory /tmp/root/usr/lib/debug' "
    "-iex 'set substitute-path /usr/src/debug /tmp/root/usr/src/debug' -ex 'info line main' -ex 'list main' /tmp/root/usr/bin/"
)


def test_what_a_build_takes_from_the_world_is_found_named_and_remembered(site: Site) -> None:
    assert SAID.keys() == ALL
    with pytest.raises(Failure) as raised:
        build(site, site.line(rendered("mixed", MIXED), reproducible=Reproducible.CHANGED))
    (problem,) = raised.value.problems
    assert problem.kind is Kind.IRREPRODUCIBLE
    assert "`mixed`" in problem.what
    follows, *lines = problem.why.splitlines()
    for aspect in ALL:
        assert aspect.value in follows.removeprefix("it follows: ").split(", ")
        assert any(f"/mixed/{aspect.value.replace(' ', '-')}`" in line and "content" in line for line in lines), aspect
    assert any("/order-of-directories`" in line and "the same lines in another order" in line for line in lines)
    report = Path(lines[-1].rpartition(": ")[2]).read_text()
    assert "-buildbox" in report
    assert "+elsewhere" in report
    with pytest.raises(Failure) as again:  # the result is kept, and so is the answer
        build(site, site.line(rendered("mixed", MIXED), reproducible=Reproducible.CHANGED))
    assert again.value.problems == raised.value.problems
    (built,) = build(site, site.line(rendered("mixed", MIXED), reproducible=Reproducible.NEVER), twice=True)
    assert built.cached
    (built,) = build(site, site.line(rendered("mixed", MIXED)))
    assert built.cached


def test_a_compiled_program_with_its_debug_packages_is_the_same_bytes_elsewhere(site: Site) -> None:
    (built,) = build(site, site.line(rendered("tiny", CLEAN)), twice=True)
    assert {rpm.name for rpm in built.rpms} >= {"tiny", "tiny-debuginfo"}
    site.checked = []
    (second,) = build(site, site.line(rendered("tiny", CLEAN)), twice=True)
    assert second.cached
    assert not site.checked, "the answer was known"


def test_a_program_is_the_same_bytes_in_another_place_where_its_build_id_is_of_sixteen_bytes(site: Site) -> None:
    (built,) = build(site, site.line(rendered("tiny", MOVABLE)), twice=True)
    ids = {
        one.evr for header in headers(built.rpms, site.toolbox, site.store) for one in header.provides if one.name == BUILD_ID
    }
    assert {len(one) for one in ids} == {32}


def test_a_program_that_names_its_place_is_found(site: Site) -> None:
    with pytest.raises(Failure) as raised:
        build(site, site.line(rendered("tiny", PLACED)), twice=True)
    (problem,) = raised.value.problems
    follows, *lines = problem.why.splitlines()
    assert follows == "it follows: path"
    assert any("`/usr/bin/tiny`" in line and "place of the build" in line for line in lines)


def test_a_build_that_works_for_root_alone_says_so(site: Site) -> None:
    with pytest.raises(Failure) as raised:
        build(site, site.line(rendered("tiny", TINY)), twice=True)
    (problem,) = raised.value.problems
    assert problem.kind is Kind.IRREPRODUCIBLE
    follows, *lines = problem.why.splitlines()
    assert "user" in follows
    assert any("%check" in line for line in lines)


def test_gdb_finds_the_sources_of_a_package(repository: Repository, toolbox: Toolbox, store: Store, tmp_path: Path) -> None:
    names = {"pigz", "pigz-debuginfo", "pigz-debugsource"}
    found = {
        rpm.name: rpm for one in repository.channels.values() for rpm in one.packages if rpm.name in names and rpm.arch != "src"
    }
    assert found.keys() == names
    (tmp_path / "root").mkdir()
    binds = [sandbox.Bind(source=store.path(rpm.digest), target=f"/tmp/rpms/{rpm.filename}") for rpm in found.values()]
    binds.append(sandbox.Bind(source=tmp_path / "root", target="/tmp/root", writable=True))
    said = sandbox.run(toolbox, ["sh", "-ec", f"{UNPACK}; {GDB}pigz"], binds=binds).text
    assert 'of "pigz.c" starts at address' in said
    assert "int main(int argc, char **argv)" in said
