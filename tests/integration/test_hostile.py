"""Specs that attack who reads them, the machine that builds them, who fetches what they leave: all stopped, all visibly.

The attacks are data, in `hostile/`; docs/explanation/hostile-builds.md shows the same list.
"""

import os
import re
import shutil
import socket
import struct
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.building import Site, build, rendered

from headwater.build.model import BuiltPackage
from headwater.build.script import FILTER, REFUSED, SCRIPT
from headwater.build.shell import argv, staged
from headwater.build.weak import WEAK
from headwater.engine.casd import home_of
from headwater.errors import Failure, Kind
from headwater.rpm import evaluate, headers
from headwater.rpm.model import SpecQuestion

pytestmark = [pytest.mark.toolbox, pytest.mark.world]
HERE = Path(__file__).parent / "hostile"
FEWEST = 50
MIB = 1 << 20
TOKEN = "HEADWATER_TEST_TOKEN"
HEAD = """Name: hostile
Version: 1
Release: 1
Summary: SUMMARY
License: MIT
BuildArch: noarch
NEEDS
%description
For tests.
"""
INSTALL = "mkdir -p %{buildroot}/usr/share/hostile"
FILES = "%files\n/usr/share/hostile\n"
TRY = """
try() {
    if said=$(timeout 30 python3 -I 2>&1); then echo "$1: GOT THROUGH"; else echo "$1: held: ${said##*$'\\n'}"; fi
}
set +x
"""
SETTINGS = ("kernel/core_pattern", "kernel/hostname", "kernel/domainname", "vm/overcommit_memory")


def attacks(kind: str) -> list[dict[str, Any]]:
    return tomllib.loads((HERE / f"{kind}.toml").read_text())["attack"]


def named(kind: str) -> Any:
    return pytest.mark.parametrize("attack", [pytest.param(one, id=one["name"]) for one in attacks(kind)])


class Target:
    """What of this machine they are after, by the names that attacks call it by."""

    def __init__(self, site: Site, folder: Path, server: socket.socket, abstract: str) -> None:
        self.folder, self.site = folder, site
        self.names = {
            "canary": str(folder / "canary"),
            "store": str(site.store.root),
            "engine": str(home_of(site.store)),
            "port": str(server.getsockname()[1]),
            "abstract": abstract,
            "pid": str(os.getpid()),
        }

    def fill(self, text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.names.get(found[1], found[0]), text)

    def state(self) -> tuple[object, ...]:
        """What no attack may change."""
        settings = [Path("/proc/sys", name).read_text() for name in SETTINGS]
        return settings, (self.folder / "canary").read_text(), sorted(self.folder.iterdir()), Path.cwd()


@pytest.fixture(scope="module")
def target(shared_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("target")
    (folder / "canary").write_text("a secret of this machine")
    name = f"headwater-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0{name}")
        abstract.listen()
        yield Target(shared_site, folder, server, name)


@pytest.fixture(autouse=True)
def unchanged(target: Target) -> Iterator[None]:
    """The machine after an attack is the machine before it."""
    before = target.state()
    yield
    assert target.state() == before


@pytest.fixture(scope="module")
def tried(shared_site: Site, target: Target) -> dict[str, str]:
    """What became of the attacks from within one build, by name."""
    prelude = tomllib.loads((HERE / "inside.toml").read_text())["prelude"]["code"]
    lines = [TRY]
    for attack in attacks("inside"):
        code = target.fill(attack["code"]).replace("{{", "{").replace("}}", "}")
        lines.append(f"try {attack['name']} << 'END'\n{prelude}{code.strip()}\nEND")
    body = "\n".join(lines).replace("%", "%%")
    text = HEAD.replace("SUMMARY", "s").replace("NEEDS", "BuildRequires: python3")
    spec = f"{text}%build\n{body}\n%install\n{INSTALL}\n{FILES}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(TOKEN, "not for builds")
        (built,) = build(shared_site, shared_site.line(rendered("hostile", spec)), force=True)
    log = shared_site.store.read(built.log).decode(errors="replace")
    return dict(re.findall(r"^([a-z0-9-]+): (held: .*|GOT THROUGH)$", log, re.MULTILINE))


def test_there_are_fifty_and_each_is_told_in_the_docs() -> None:
    every = [one for kind in ("inside", "builds", "specs") for one in attacks(kind)]
    assert len({one["name"] for one in every}) == len(every) >= FEWEST
    page = (Path(__file__).parents[2] / "docs/explanation/hostile-builds.md").read_text()
    for one in every:
        assert f"| `{one['name']}` | {one['tries']} | {one['held-by']} |" in page


@named("inside")
def test_from_within_a_build(attack: dict[str, Any], tried: dict[str, str]) -> None:
    said = tried[attack["name"]]
    assert said.startswith("held: "), said
    assert re.search(attack["says"], said), said


def spec_of(attack: dict[str, Any], target: Target) -> str:
    text = HEAD.replace("SUMMARY", attack.get("summary", "s")).replace("NEEDS", attack.get("needs", "Requires: bash"))
    steps = f"%build\n{attack['build']}\n%install\n{attack.get('install', INSTALL)}\n{FILES}"
    return target.fill(text + steps)


def attempt(attack: dict[str, Any], site: Site, target: Target) -> BuiltPackage:
    """Build it; fails as the build does."""
    limits = {"timeout": 120, **attack.get("limits", {})}
    (built,) = build(site, site.line(rendered("hostile", spec_of(attack, target)), **limits), force=True)
    return built


@pytest.mark.parametrize("attack", [pytest.param(one, id=one["name"]) for one in attacks("builds") if "says" in one])
def test_a_build_that_ends_with_a_message(attack: dict[str, Any], site: Site, target: Target) -> None:
    before = shutil.disk_usage(site.store.root).free
    with pytest.raises(Failure) as raised:
        attempt(attack, site, target)
    (problem,) = raised.value.problems
    assert problem.kind is Kind.BUILD
    assert "`hostile`" in problem.what
    assert re.search(attack["says"], f"{problem.what}\n{problem.why}"), problem.why
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", problem.why + problem.hint)
    for key in attack.get("limits", {}).keys() & set(re.findall(r"raise `(\w+)`", problem.hint)):
        assert key in attack["limits"]
    assert before - shutil.disk_usage(site.store.root).free < 1500 * MIB, "others use the disk, too; but 100 GB is 100 GB"


def by_name(name: str) -> dict[str, Any]:
    return next(one for one in attacks("builds") if one["name"] == name)


@pytest.mark.parametrize("name", ["daemon", "deep-folders", "setuid-file"])
def test_a_build_that_may_go_on(name: str, site: Site, target: Target) -> None:
    built = attempt(by_name(name), site, target)
    assert {rpm.nevra for rpm in built.rpms} == {"hostile-1-1.noarch", "hostile-1-1.src"}
    modes = [file.mode for header in headers(built.rpms, site.toolbox, site.store) for file in header.files]
    assert any(mode & 0o4000 for mode in modes) == (name == "setuid-file"), "what the header says is not hidden"


def test_a_root_is_new_for_each_build(site: Site, target: Target) -> None:
    for _ in range(2):
        attempt(by_name("shared-root"), site, target)


@named("specs")
def test_when_a_spec_is_read(attack: dict[str, Any], site: Site, target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "not for specs")
    text = HEAD.replace("SUMMARY", attack.get("summary", "s")).replace("NEEDS\n", "")
    head = target.fill(attack.get("head", ""))
    question = SpecQuestion(file="hostile.spec", text=f"{head}\n{target.fill(text)}{FILES}".encode())
    if "becomes" in attack:
        (facts,) = evaluate([question], site.toolbox, site.store, seconds=5)
        assert facts.summary == attack["becomes"]
        return
    with pytest.raises(Failure) as raised:
        evaluate([question], site.toolbox, site.store, seconds=3)
    (problem,) = raised.value.problems
    assert problem.kind is Kind.SPEC
    assert problem.where
    assert re.search(attack["says"], problem.why), problem.why


# a kernel without Landlock, as far as a program can see: classic BPF that answers landlock_create_ruleset with EOPNOTSUPP
OLD_KERNEL = b"".join(
    struct.pack("<HBBI", *line)
    for line in [(0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, 0x5005F), (0x06, 0, 0, 0x7FFF0000)]
)


def test_walls_that_a_kernel_does_not_have_are_told_or_refused(site: Site) -> None:
    spec = HEAD.replace("SUMMARY", "s").replace("NEEDS\n", "") + f"%install\n{INSTALL}\n{FILES}"
    line = site.line(rendered("hostile", spec))
    with staged(line, "hostile", sign=site.sign, verify=site.verify) as (job, root):
        (root / "build/old-kernel").write_bytes(OLD_KERNEL)
        old = ["setpriv", "--no-new-privs", "--seccomp-filter", "/build/old-kernel", "/bin/bash", SCRIPT]
        said = subprocess.run(argv(job, root, old), capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stdout + said.stderr
        assert said.stdout.startswith(WEAK)
        filters = root / FILTER.lstrip("/")
        filters.unlink()
        filters.write_bytes(b"none")
        said = subprocess.run(argv(job, root, ["/bin/bash", SCRIPT]), capture_output=True, text=True, check=False)
        assert said.returncode == REFUSED
        assert "limit worker" in said.stdout
