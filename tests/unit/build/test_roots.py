"""Build roots: which packages, and what of them."""

from pathlib import Path

import msgspec
import pytest
from tests.unit.headers import DEVICE, FOLDER, GHOST, LINK, REGULAR, file, package

from headwater.build import buildroot
from headwater.build.solve import Solver
from headwater.config.workshop import BuildRootRule, MadeFile
from headwater.engine import File, Forest, digest_of_bytes
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.upstream.model import LooseFile, Pin, SourceTree


def test_a_root_is_closed_under_dependencies_and_nothing_more() -> None:
    packages = [
        package("gcc", requires=("libc >= 2", "/usr/bin/as", "rpmlib(X) <= 3", "(ld or gold)")),
        package("libc", version="3"),
        package("binutils", files=(file("/usr/bin/as"),), provides=("ld = 2",)),
        package("unrelated"),
    ]
    chosen = Solver(dict(packages)).choose(["gcc"], for_what="x")
    assert [rpm.name for rpm in chosen] == ["binutils", "gcc", "libc"]


def test_a_built_package_goes_before_a_bridged_one() -> None:
    solver = Solver(dict([package("libfoo-dev", version="9", provides=("foo-devel = 9",))]))
    assert [rpm.origin for rpm in solver.choose(["foo-devel"], for_what="x")] == ["bridge"]
    solver.add(dict([package("foo-devel", version="2", origin="built")]))
    chosen = solver.choose(["foo-devel"], for_what="x", built_by=["foo-devel"])
    assert [(rpm.name, rpm.origin) for rpm in chosen] == [("foo-devel", "built")]


def test_what_is_built_by_chance_makes_no_difference() -> None:
    solver = Solver(dict([package("libfoo-dev", provides=("foo-devel = 9",)), package("foo-devel", origin="built")]))
    assert [rpm.name for rpm in solver.choose(["foo-devel"], for_what="x", built_by=["other"])] == ["libfoo-dev"]


def test_a_file_asked_for_later_is_found() -> None:
    solver = Solver(dict([package("perl", files=(file("/usr/bin/pod2man"),))]))
    assert [rpm.name for rpm in solver.choose(["/usr/bin/pod2man"], for_what="x")] == ["perl"]


def test_what_is_missing_is_named() -> None:
    stock = dict([package("a", requires=("nowhere > 3",)), package("box")])
    with pytest.raises(Failure) as raised:
        Solver(stock).choose(["a", "box > 1", "boxx"], for_what="jq", place=lambda text: Origin(file=text))
    found = {problem.where.file if problem.where else "": problem for problem in raised.value.problems}
    assert raised.value.kind is Kind.BUILD
    assert found.keys() == {"", "box > 1", "boxx"}
    assert "`nowhere > 3`" in found[""].what
    assert "`a-1-1.x86_64`" in found[""].what
    assert "there is `box-1-1`" in found["box > 1"].why
    assert found["boxx"].why == "did you mean `box`?"


def test_packages_that_exclude_each_other_are_named() -> None:
    with pytest.raises(Failure) as raised:
        Solver(dict([package("a", requires=("b",), conflicts=("c",)), package("b"), package("c")])).choose(
            ["a", "c"], for_what="x"
        )
    (problem,) = raised.value.problems
    assert problem.why == "`a-1-1.x86_64` conflicts with `c-1-1.x86_64`"


def test_what_is_unwanted_stays_out_or_is_told() -> None:
    stock = dict([package("a", requires=("x",)), package("y", provides=("x",)), package("z", provides=("x",))])
    solver = Solver(stock)
    assert [rpm.name for rpm in solver.choose(["a"], for_what="q")] == ["a", "y"]
    assert [rpm.name for rpm in solver.choose(["a"], for_what="q", unwanted=["y", "nothing"])] == ["a", "z"]
    with pytest.raises(Failure) as raised:
        solver.choose(["a"], for_what="q", unwanted=["x"], place=lambda text: Origin(file=text))
    (problem,) = raised.value.problems
    assert problem.where == Origin(file="x")
    assert "`x`" in problem.what


def test_what_came_later_is_seen_only_by_those_who_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many packages come after the first choice: libsolv's own list of what it may look at does not grow."""
    monkeypatch.setattr("headwater.build.solve.ROOM", 300)
    solver = Solver(dict([package("bash")]))
    solver.choose(["bash"], for_what="x")
    for number in range(500):
        rpm, header = package("egg", origin="built")
        rpm = msgspec.structs.replace(rpm, component=f"c{number}")
        solver.add({rpm: header})
        assert solver.choose(["egg"], for_what="x", built_by=[rpm.component]) == (rpm,)


def test_of_several_that_give_the_same_the_preferred_is_taken() -> None:
    stock = dict([package("mawk", provides=("awk",)), package("gawk", provides=("awk",)), package("zawk", provides=("awk",))])
    for preferred in ("gawk", "zawk", "mawk"):
        solver = Solver(stock, preferred=[preferred])
        chosen = solver.choose(["awk"], for_what="x")
        assert [rpm.name for rpm in chosen] == [preferred]
        ((text, rpms),) = solver.contested(["awk"], chosen).items()
        assert (text, rpms[0].name, len(rpms)) == ("awk", preferred, 3)
    solver = Solver(stock)
    assert solver.contested(["mawk"], solver.choose(["mawk"], for_what="x")) == {}


def test_a_packages_tree_follows_from_its_header() -> None:
    _, header = package(
        "x",
        files=(
            file("/bin", FOLDER),
            file("/bin/tool", REGULAR | 0o111),
            file("/lib64/ld.so", LINK, link="../ld"),
            file("/var/log/x", flags=GHOST),
            file("/dev/null", DEVICE),
            file("/etc/empty", content=b""),
        ),
    )
    forest = Forest()
    entries = dict(forest.walk(forest.plant(buildroot.package_entries(header))))
    assert entries == {
        "etc": None,
        "etc/empty": File(digest_of_bytes(b"")),
        "usr": None,
        "usr/bin": None,
        "usr/bin/tool": File(digest_of_bytes(b"x"), executable=True),
        "usr/lib64": None,
        "usr/lib64/ld.so": "../ld",
    }


def test_generated_files_have_content_and_names(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("from a file\n")
    files = (
        MadeFile(path="/etc/passwd", content="root\n", reason="r"),
        MadeFile(path="/usr/bin/tool", source=str(tmp_path / "source"), mode="0755", reason="r"),
        MadeFile(path="/usr/bin/cc", link="gcc", reason="r"),
        MadeFile(path="/var/empty", directory=True, reason="r"),
    )
    forest = Forest()
    made = buildroot.generated(BuildRootRule(files=files, macros={"optflags": "-O2"}), forest)
    entries = dict(forest.walk(made.tree))
    assert entries["etc/passwd"] == File(digest_of_bytes(b"root\n"))
    assert entries["usr/bin/tool"] == File(digest_of_bytes(b"from a file\n"), executable=True)
    assert entries["usr/bin/cc"] == "gcc"
    assert entries["var/empty"] is None
    assert entries["bin"] == "usr/bin"
    wanted = {entry.digest for entry in entries.values() if isinstance(entry, File)}
    assert wanted == made.content.keys()
    assert {"/etc/passwd", "/usr/bin/tool", "/usr/bin/cc", "/var/empty", buildroot.MACRO_PLACE} <= made.names.keys()


def test_sources_lie_where_rpmbuild_looks() -> None:
    tree = SourceTree(
        component="x",
        spec="x.spec",
        files={"x.spec": LooseFile(content=b"Name: x\n"), "fix.patch": LooseFile(content=b"--- a\n")},
        pin=Pin(kind="local", name="x", digest=""),
    )
    forest = Forest()
    made = buildroot.sources(tree, {}, "#!/bin/bash\n", forest)
    found = {path for path, entry in forest.walk(made.tree) if entry is not None}
    assert found == {"build/build", "build/SPECS/x.spec", "build/SOURCES/fix.patch"}


def test_no_root_gets_a_library_that_every_program_loads_first() -> None:
    forest = Forest()
    rpm, header = package("odd", files=(file("/etc/ld.so.preload"),))
    with pytest.raises(Failure) as raised:
        buildroot.compose([(rpm, forest.plant(buildroot.package_entries(header)))], (), forest)
    (problem,) = raised.value.problems
    assert problem.kind is Kind.BUILD
    assert rpm.nevra in problem.why
