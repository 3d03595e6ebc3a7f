"""Specs as azldev's words see them, asked of the real rpm and rpmautospec: raw for a query, raised and counted for a folder."""

import os
import subprocess
from pathlib import Path

import pytest

from headwater.config.model import BuildRule, Component, Distro, DistroRef, OverlayMode, Project, ProjectRule
from headwater.config.workshop import BuildRootRule
from headwater.render import Finisher
from headwater.render.model import RenderedPackage
from headwater.render.raw import raw_question
from headwater.rpm import evaluate
from headwater.store import Store
from headwater.toolbox import Toolbox
from headwater.upstream import Clones, Lock, write_lock
from headwater.upstream.model import LooseFile, Pin, SourceTree

pytestmark = pytest.mark.toolbox
SPEC = """Name: tool
%bcond docs 1
Epoch: 2
Version: 1.1
Release: {release}
Summary: A tool
License: MIT
Source0: https://example.org/tool-%{{version}}.tar.gz
Source2: tool.conf
Patch3: fix.patch
%if %{{with docs}}
Source7: manual.tar.gz
%endif
%description
x
%files
%changelog
%autochangelog
"""


def tree(release: str) -> SourceTree:
    spec = LooseFile(content=SPEC.format(release=release).encode())
    pin = Pin(kind="local", name="tool.spec", digest="")
    return SourceTree(component="tool", spec="tool.spec", files={"tool.spec": spec}, pin=pin)


FILES = ["tool-1.1.tar.gz", "tool.conf", "manual.tar.gz", "fix.patch"]


@pytest.mark.parametrize(
    ("release", "rule", "expected"),
    [
        ("3%{?dist}", BuildRule(), ("3.azl4", FILES)),
        ("3%{?dist}", BuildRule(without=("docs",)), ("3.azl4", [name for name in FILES if name != "manual.tar.gz"])),
        ("%{mine}", BuildRule(defines={"mine": "7"}), ("7", FILES)),
        ("%autorelease", BuildRule(), ("1.azl4", FILES)),
        ("%{autorelease -b 5}", BuildRule(), ("1.azl4", FILES)),
    ],
)
def test_a_spec_is_read_with_the_switches_of_its_component(
    release: str, rule: BuildRule, expected: tuple[str, list[str]], toolbox: Toolbox, tmp_path: Path
) -> None:
    root = BuildRootRule(macros={"dist": ".azl4"})
    question = raw_question(tree(release), Component(name="tool", build=rule), root)
    (facts,) = evaluate([question], toolbox, Store(tmp_path / "store"))
    assert (facts.name, facts.epoch, facts.version) == ("tool", 2, "1.1")
    assert (facts.release, [source.filename for source in facts.sources]) == expected


def test_a_plain_release_is_raised_although_its_changelog_is_counted(toolbox: Toolbox, tmp_path: Path) -> None:
    component = Component(name="tool", overlay_mode=OverlayMode.COMPAT)
    root = tmp_path / "project"
    write_lock(root / "locks", "tool", Lock(input_fingerprint="sha256:1"))
    said = (("NAME", "Ann"), ("EMAIL", "a@b.c"), ("DATE", "1767225600 +0000"))
    who = {f"GIT_{one}_{key}": value for one in ("AUTHOR", "COMMITTER") for key, value in said}
    env = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **who}
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "Ours")):
        subprocess.run(["git", "-C", root, *words], env=env, check=True)
    rule = ProjectRule(default_distro=DistroRef(name="x"), lock_dir=str(root / "locks"))
    project = Project(root=root, project=rule, distros={"x": Distro()}, components={"tool": component})
    store, one = Store(tmp_path / "store"), tree("3%{?dist}")
    package = RenderedPackage(component="tool", upstream=one, tree=one, changes=(), digest="")
    (made,) = Finisher(project, store, Clones(store), lambda: toolbox, jobs=1).finish([package])
    assert isinstance(made, RenderedPackage), made
    assert "Release: 4%{?dist}\n" in made.tree.text
    assert "- Ours\n" in made.tree.text
    assert "%autochangelog" not in made.tree.text.partition("%changelog")[2]
