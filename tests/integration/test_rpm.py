"""What rpm says of specs and packages; and specs that attack whoever reads them."""

from pathlib import Path

import pytest

from headwater.errors import Failure, Kind
from headwater.rpm import evaluate, read_headers
from headwater.rpm.model import SpecFacts, SpecQuestion
from headwater.store import Store
from headwater.toolbox import Toolbox, sandbox

pytestmark = pytest.mark.toolbox

HEAD = "Name: a\nVersion: 1.2\nRelease: 3%{?dist}\nSummary: s\nLicense: MIT\n"
TAIL = "%description\nx\n"
GOOD = (
    HEAD
    + "Epoch: 1\nSource0: https://example.org/a-%{version}.tar.gz\nPatch3: fix.patch\nBuildRequires: gcc, make >= 4\n"
    + TAIL
    + "%package devel\nSummary: d\nRequires: %{name} = %{epoch}:%{version}\n%description devel\ny\n%files\n%files devel\n"
)


def ask(text: str, toolbox: Toolbox, store: Store, *, seconds: int = 5, **more) -> SpecFacts:
    return evaluate([SpecQuestion(file="specs/a.spec", text=text.encode(), **more)], toolbox, store, seconds=seconds)[0]


@pytest.fixture
def fresh(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_a_spec_tells_its_packages_dependencies_and_sources(toolbox: Toolbox, fresh: Store) -> None:
    facts = ask(GOOD, toolbox, fresh, defines={"dist": ".alki"})
    assert (facts.name, facts.epoch, facts.version, facts.release, facts.licence) == ("a", 1, "1.2", "3.alki", "MIT")
    assert facts.build_requires == ("gcc", "make >= 4")
    assert [package.name for package in facts.packages] == ["a", "a-devel"]
    assert facts.packages[1].requires == ("a = 1:1.2",)
    assert [(file.filename, file.number, file.patch) for file in facts.sources] == [
        ("a-1.2.tar.gz", 0, False),
        ("fix.patch", 3, True),
    ]


def test_a_spec_reads_the_files_beside_it(toolbox: Toolbox, fresh: Store) -> None:
    text = "Source1: v\n%include %{SOURCE1}\n" + HEAD.replace("Version: 1.2", "Version: %{v}") + TAIL
    assert ask(text, toolbox, fresh, files={"v": b"%global v 7\n"}).version == "7"


def test_one_spec_knows_nothing_of_another(toolbox: Toolbox, fresh: Store) -> None:
    first = "%global leak 1\n%(echo left > /tmp/left)\n" + HEAD + TAIL
    second = HEAD.replace("Summary: s", "Summary: %{?leak}-%(cat /tmp/left 2>/dev/null)-") + TAIL
    questions = [SpecQuestion(file=f"{number}.spec", text=text.encode()) for number, text in enumerate((first, second))]
    assert evaluate(questions, toolbox, fresh)[1].summary == "--"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEAD + "Colour: red\n" + TAIL, 6),
        (HEAD.replace("1.2", "1-2") + TAIL, 2),
        (HEAD + "%if 1\n" + TAIL, 6),
        ("Name: a\nVersion: 1\n" + TAIL, 0),
        (HEAD + "%{lua: foo( }\n" + TAIL, 0),
        (HEAD + "%{lua: while true do end}\n" + TAIL, 0),
        (HEAD + "%(sleep 60)\n" + TAIL, 0),
        (HEAD + "%{lua: os.exit(0)}\n" + TAIL, 0),
        (HEAD + "%include /etc/nothing\n" + TAIL, 0),
    ],
    ids=["unknown-tag", "version", "unclosed", "no-release", "bad-lua", "endless-lua", "sleeps", "exits", "include"],
)
def test_a_spec_that_rpm_rejects_is_told_at_its_line(text: str, line: int, toolbox: Toolbox, fresh: Store) -> None:
    with pytest.raises(Failure) as caught:
        ask(text, toolbox, fresh, seconds=3)
    problem = caught.value.problems[0]
    assert problem.kind is Kind.SPEC
    assert problem.where
    assert (problem.where.file, problem.where.line) == ("specs/a.spec", line)
    assert problem.why
    assert not list(fresh.results())


def test_every_bad_spec_is_told_and_good_ones_are_kept(toolbox: Toolbox, fresh: Store) -> None:
    texts = [GOOD, "Name: x\n", GOOD, "%{error: no}\n"]
    questions = [SpecQuestion(file=f"{number}.spec", text=text.encode()) for number, text in enumerate(texts)]
    with pytest.raises(Failure) as caught:
        evaluate(questions, toolbox, fresh)
    assert [problem.where.file for problem in caught.value.problems if problem.where] == ["1.spec", "3.spec"]
    assert len(list(fresh.results())) == 1


def test_a_spec_has_no_network(toolbox: Toolbox, fresh: Store) -> None:
    look = "%((tail -n +3 /proc/net/dev | cut -d: -f1; bash -c 'echo > /dev/tcp/192.0.2.1/80') 2>&1 | xargs)"
    said = ask(HEAD.replace("Summary: s", f"Summary: {look}") + TAIL, toolbox, fresh).summary
    assert said.startswith("lo bash: connect")  # one interface, and nothing behind it
    assert said.endswith("Network is unreachable")


def test_a_hostile_spec_reaches_nothing(toolbox: Toolbox, fresh: Store) -> None:
    attack = (
        "%((touch /usr/x /etc/x; mount -o remount,rw /; touch /usr/x; kill -9 1; grep CapEff /proc/self/status;"
        " ls -d /proc/[0-9]* | wc -l) 2>&1 | tr '\\n' ';')"
    )
    said = ask(HEAD.replace("Summary: s", f"Summary: {attack}") + TAIL, toolbox, fresh).summary
    assert "CapEff:\t0000000000000000" in said
    assert said.count("Read-only file system") >= 3
    assert int(said.rstrip(";").rpartition(";")[2]) <= 8  # its own few processes
    assert not (toolbox.root / "usr/x").exists()


def test_a_spec_can_not_set_the_machines_kernel(toolbox: Toolbox, fresh: Store) -> None:
    look = "%((: >> /proc/sys/kernel/core_pattern) 2>&1 | tail -c 22)"  # opened for writing, and nothing is written
    assert ask(HEAD.replace("Summary: s", f"Summary: {look}") + TAIL, toolbox, fresh).summary == "Read-only file system"


@pytest.fixture(scope="module")
def packages(toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small package and its source package, built in the toolbox."""
    folder = tmp_path_factory.mktemp("rpms")
    install = "%install\nmkdir -p %{buildroot}/usr/bin\necho b >%{buildroot}/usr/bin/a\nln -s a %{buildroot}/usr/bin/l\n"
    files = "%files\n%config %attr(4755,root,daemon) /usr/bin/a\n/usr/bin/l\n%ghost /var/log/a\n"
    (folder / "a.spec").write_text(HEAD + "BuildArch: noarch\nRequires: foo >= 2\n" + TAIL + install + files)
    sandbox.run(
        toolbox,
        ["rpmbuild", "-ba", "--quiet", "-D", "_topdir /tmp/top", "-D", "_rpmdir /mnt", "-D", "_srcrpmdir /mnt", "/mnt/a.spec"],
        binds=[sandbox.Bind(source=folder, target="/mnt", writable=True)],
    )
    return {path.name: path for path in folder.rglob("*.rpm")}


def test_headers_tell_files_and_dependencies(packages: dict[str, Path], toolbox: Toolbox, fresh: Store) -> None:
    digests = {fresh.add_file(path).digest: name for name, path in packages.items()}
    found = {header.nevra: header for header in read_headers(digests, toolbox, fresh).values()}
    assert sorted(found) == ["a-1:1.2-3.noarch", "a-1:1.2-3.src"] or sorted(found) == ["a-1.2-3.noarch", "a-1.2-3.src"]
    header = next(header for header in found.values() if header.arch == "noarch")
    program, link, ghost = header.files
    assert (program.path, program.mode, program.group, program.size) == ("/usr/bin/a", 0o104755, "daemon", 2)
    assert (program.config, program.regular, ghost.ghost) == (True, True, True)
    assert (link.link, link.digest) == ("a", "")
    assert "foo >= 2" in [str(dependency) for dependency in header.requires]
    assert header.signatures == 0
    assert read_headers(digests, toolbox, fresh) == read_headers(dict(reversed(digests.items())), toolbox, fresh)


def test_a_package_is_read_once(packages: dict[str, Path], toolbox: Toolbox, fresh: Store) -> None:
    first, second = (fresh.add_file(path).digest for path in packages.values())
    before = read_headers({first: "first"}, toolbox, fresh)
    fresh.path(first).unlink()
    after = read_headers({first: "first", second: "second"}, toolbox, fresh)
    assert after.keys() == {first, second}
    assert after[first] == before[first]


def test_a_file_that_is_no_package_is_named(toolbox: Toolbox, fresh: Store) -> None:
    digest = fresh.add_bytes(b"\xed\xab\xee\xdb no package").digest
    with pytest.raises(Failure) as caught:
        read_headers({digest: "bad.rpm"}, toolbox, fresh)
    assert caught.value.kind is Kind.REPOSITORY
    assert "bad.rpm" in caught.value.problems[0].what


def test_macros_that_nobody_defines_are_told(toolbox: Toolbox, fresh: Store) -> None:
    text = HEAD + TAIL + "%build\n%pyproject_wheel\n%{?maybe}%{!?never:x}\n%{cargo_build -n}\nprintf '%s'\n%files\n%doc x\n"
    assert ask(text, toolbox, fresh).missing == ("cargo_build", "pyproject_wheel")


def test_macro_files_of_the_project_are_loaded_in_order(toolbox: Toolbox, fresh: Store) -> None:
    macros = {"first": b"%tag() %{1}.first\n", "second": b"%tag() %{1}.second\n"}
    assert ask(HEAD.replace("1.2", "%{tag 7}") + TAIL, toolbox, fresh, macros=macros).version == "7.second"


def test_a_shell_in_a_spec_is_bash(toolbox: Toolbox, fresh: Store) -> None:
    text = HEAD.replace("Summary: s", "Summary: %(a=(x y); echo ${a[1]})") + TAIL
    assert ask(text, toolbox, fresh).summary == "y"


def test_many_specs_are_answered_in_their_order_by_several_processes(toolbox: Toolbox, fresh: Store) -> None:
    questions = [SpecQuestion(file=f"{n}.spec", text=(HEAD.replace("1.2", str(n)) + TAIL).encode()) for n in range(7)]
    assert [facts.version for facts in evaluate(questions, toolbox, fresh, jobs=3)] == [str(n) for n in range(7)]
