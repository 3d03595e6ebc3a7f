"""Images built again elsewhere, by somebody else: the same bytes, and told where they are not."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.config.images import Finisher, ImageKind, ImageRule, WslRule
from headwater.config.model import Distro, DistroRef, Project, ProjectRule
from headwater.config.workshop import MadeFile, NamedPackages
from headwater.errors import Kind
from headwater.image.finishers import FINISHERS, Step
from headwater.image.verbs import Reproduction, build_image, reproduce

pytestmark = pytest.mark.toolbox
DISTRO = Path(__file__).parents[2] / "distro"
PROJECT = Project(
    root=Path("/nowhere"),
    project=ProjectRule(default_distro=DistroRef(name="small", version="1")),
    distros={"small": Distro(default_version="1")},
)
# put on Python's path, as a plug-in would be: the second build is a process of its own
PLUGIN = """
from headwater.image.finishers import FINISHERS, ROOT, Step
WORDS = ["sh", "-c", 'date +%N >"$0/etc/clock"; ls -U "$0/usr/bin" >"$0/etc/listed"', ROOT]
FINISHERS["clock"] = Step(commands=lambda root: [WORDS])
"""

SHELL = (
    MadeFile(path="/usr/bin/bash", content="a shell", mode="755", reason="test"),
    MadeFile(path="/usr/bin/sh", link="bash", reason="test"),
    MadeFile(path="/usr/lib/wsl/first", content="#!/bin/sh\n", mode="755", reason="test"),
)

Check = Callable[..., Reproduction]


@pytest.fixture
def check(small_rpms, toolbox, store, tmp_path) -> Check:
    """Build an image of `alpha` and `beta`, and again."""

    def build(kind: ImageKind, *finishers: str) -> Reproduction:
        rule = ImageRule(
            name="small",
            kind=kind,
            packages=(NamedPackages(names=("alpha",), reason="test"),),
            finishers=tuple(Finisher(name=name, reason="test") for name in finishers),
            files=SHELL if kind is ImageKind.WSL else (),
            wsl=WslRule(name="Small", command="/usr/lib/wsl/first", systemd=False),
        )
        made = build_image(
            rule,
            project=PROJECT,
            packages=(small_rpms["alpha"], small_rpms["beta"]),
            verify=lambda _: None,
            toolbox=toolbox,
            store=store,
            output=tmp_path / "out",
            images={},
        )
        return reproduce({"small": made}, [rule], project=PROJECT, toolbox=toolbox, store=store)

    return build


@pytest.mark.parametrize("kind", [ImageKind.OCI, ImageKind.INITRD, ImageKind.WSL])
def test_the_same_bytes_elsewhere(check, kind):
    found = check(kind, "ldconfig")
    assert found.problems == ()
    assert all(one.same for one in found.verdicts)
    assert {one.file for one in found.verdicts} >= {"root"}
    assert all(one.first != one.second for one in found.circumstances if one.what in {"user", "umask", "host", "place"})


def test_a_finisher_that_looks_at_the_clock_is_found(check, monkeypatch, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", ":".join([str(tmp_path), *sys.path]))
    monkeypatch.setitem(FINISHERS, "clock", Step(commands=lambda _: []))
    exec(PLUGIN, {})  # noqa: S102 the same lines here
    found = check(ImageKind.OCI, "clock")
    (problem,) = found.problems
    assert problem.kind is Kind.IRREPRODUCIBLE
    assert "`/etc/clock`: content (finishers)" in problem.why
    assert "@@" in problem.why, "diffoscope shows both"
    assert not all(one.same for one in found.verdicts if one.file == "root")


@pytest.mark.world
@pytest.mark.mirror
def test_alkis_images_are_the_same_elsewhere(store):
    words = [sys.executable, "-m", "headwater", "--store", str(store.root), "-C", str(DISTRO), "--json", "image", "build"]
    result = subprocess.run(
        [*words, "--check-reproducible", "distroless-static", "vm"], stdout=subprocess.PIPE, text=True, check=False
    )
    assert result.returncode == 0, "what differs stands above"
    files = json.loads(result.stdout)["files"]
    assert {one["image"] for one in files} == {"distroless-static", "initrd", "vm"}
    assert {Path(one["file"]).suffix for one in files if one["image"] == "vm"} >= {".raw", ".qcow2", ".vhd", ".efi"}
