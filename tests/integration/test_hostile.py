"""Specs that attack who reads them, the machine that builds them, who fetches what they leave: all stopped, all visibly.

The attacks are data, in `hostile/`; docs/explanation/hostile-builds.md shows the same list.
"""

import json
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.attacking import FILES, HEAD, INSTALL, TOKEN, Target, aiming, attacks, became
from tests.integration.building import Site, build, rendered
from tests.integration.ordinary import somebody

from headwater.build.model import BuiltPackage
from headwater.build.script import FILTER, REFUSED, SCRIPT
from headwater.build.shell import argv, staged
from headwater.build.weak import WEAK
from headwater.errors import Failure, Kind
from headwater.rpm import evaluate, headers
from headwater.rpm.model import SpecQuestion
from headwater.toolbox import Toolbox

pytestmark = [pytest.mark.toolbox, pytest.mark.world]
FEWEST = 50
MIB = 1 << 20


def named(kind: str) -> Any:
    return pytest.mark.parametrize("attack", [pytest.param(one, id=one["name"]) for one in attacks(kind)])


@pytest.fixture(scope="module")
def target(shared_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with aiming(shared_site, tmp_path_factory.mktemp("target")) as found:
        yield found


@pytest.fixture(autouse=True)
def unchanged(target: Target) -> Iterator[None]:
    """The machine after an attack is the machine before it."""
    before = target.state()
    yield
    assert target.state() == before


@pytest.fixture(scope="module")
def tried(shared_site: Site, target: Target) -> dict[str, str]:
    """What became of the attacks from within one build, by name."""
    text = HEAD.replace("SUMMARY", "s").replace("NEEDS", "BuildRequires: python3")
    body = target.from_within().replace("%", "%%")
    spec = f"{text}%build\n{body}\n%install\n{INSTALL}\n{FILES}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(TOKEN, "not for builds")
        (built,) = build(shared_site, shared_site.line(rendered("hostile", spec)), force=True)
    return became(shared_site.store.read(built.log).decode(errors="replace"))


def test_there_are_fifty_and_each_is_told_in_the_docs() -> None:
    every = [one for kind in ("inside", "builds", "tests", "specs") for one in attacks(kind)]
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


AS_SOMEBODY = """
import json, os, sys
from pathlib import Path
from tests.integration.limited import attack_limits
assert os.getuid() != 0, "an ordinary user"
print(json.dumps(attack_limits(Path(sys.argv[1]), json.loads(sys.argv[2]))))
"""
SOON = 10  # seconds: nobody ends who has all processes that he may have, where there is no cgroup
LIMITED = [one for one in attacks("builds") if "limits" in one]


@pytest.fixture(scope="module")
def met(toolbox: Toolbox) -> dict[str, str]:
    """What is said where an ordinary user runs them, for whom the kernel has no cgroup."""
    soon = [
        one | {"limits": {"timeout": 120, **one["limits"]} | ({"timeout": SOON} if one["name"] == "fork-bomb" else {})}
        for one in LIMITED
    ]
    with somebody(toolbox) as he:
        said: dict[str, str] = json.loads(he.run(AS_SOMEBODY, he.place, json.dumps(soon)).text)
    return said


@pytest.mark.root
@pytest.mark.parametrize("attack", [pytest.param(one, id=one["name"]) for one in LIMITED])
def test_a_limit_holds_for_an_ordinary_user(attack: dict[str, Any], met: dict[str, str]) -> None:
    said = met[attack["name"]]
    assert re.search(attack["says"], said), said
