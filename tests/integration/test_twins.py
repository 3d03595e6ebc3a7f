"""Images for AArch64 beside ours: bridged, composed and read by skopeo, rpm and file(1). Nothing of them is run."""

import json

import msgspec
import pytest

from headwater import factory, pipeline, repo
from headwater.compose import compose_images
from headwater.config.images import Finisher
from headwater.errors import Failure, Kind
from headwater.image.container import unpacked
from headwater.image.rootfs import compose
from headwater.image.solve import choose
from headwater.request import open_workshop
from headwater.toolbox import sandbox

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror]
LAYOUT = "/tmp/oci"
ROOT = "/tmp/root"


@pytest.fixture(scope="session")
def twin(asked, repository):
    """distroless-cc, with its twin."""
    return compose_images(asked, open_workshop(asked), repository, ["distroless-cc"])["distroless-cc"]


@pytest.fixture
def skopeo(toolbox, twin, tmp_path):
    binds = [
        sandbox.Bind(source=twin.artefact("oci").path, target=LAYOUT),
        sandbox.Bind(source=tmp_path, target="/tmp/copy", writable=True),
    ]
    return lambda *words: sandbox.run(toolbox, ["skopeo", "--insecure-policy", *words], binds=binds).text


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_each_machine_finds_its_own(skopeo, architecture):
    seen = json.loads(skopeo("--override-arch", architecture, "inspect", "--config", f"oci:{LAYOUT}"))
    assert (seen["architecture"], seen["os"]) == (architecture, "linux")


def test_a_copy_of_all_has_the_digest_that_was_told(skopeo, twin, tmp_path):
    skopeo("copy", "--all", "--preserve-digests", f"oci:{LAYOUT}", "oci:/tmp/copy/oci")
    (named,) = json.loads((tmp_path / "oci" / "index.json").read_bytes())["manifests"]
    assert named["digest"] == twin.artefact("oci").digest
    assert named["mediaType"] == "application/vnd.oci.image.index.v1+json"


def test_what_is_of_no_machine_is_one_layer_of_both(skopeo):
    amd64, arm64 = (
        set(json.loads(skopeo("--override-arch", each, "inspect", f"oci:{LAYOUT}"))["Layers"]) for each in ("amd64", "arm64")
    )
    assert len(amd64 & arm64) >= 4  # certificates, zones, names of ports, who we are
    assert amd64 - arm64
    assert arm64 - amd64


def test_every_program_and_library_is_of_aarch64(twin, store, toolbox):
    with unpacked(twin, store, architecture="arm64") as container:
        bind = sandbox.Bind(source=container.place, target=ROOT, writable=True)
        said = sandbox.run(toolbox, ["sh", "-c", f"find {ROOT} -type f -exec file --brief {{}} +"], binds=[bind]).text
        arches = sandbox.run(toolbox, ["rpm", "--root", ROOT, "-qa", "--qf", "%{ARCH}\n"], binds=[bind]).text
    elves = [line for line in said.splitlines() if line.startswith("ELF")]
    assert len(elves) > 50
    assert all("ARM aarch64" in line for line in elves)
    assert set(arches.split()) == {"aarch64", "noarch"}


def test_a_finisher_that_would_run_its_programs_is_refused(asked, repository, toolbox):
    rule = asked.project.images["distroless-cc"]
    rule = msgspec.structs.replace(rule, finishers=(Finisher(name="ldconfig", reason="test"),))
    rpms = [each.rpm for each in choose(rule, repo.for_images(repository), toolbox, asked.store, architecture="arm64")]
    with pytest.raises(Failure) as failure:
        compose(rule, rpms, toolbox, asked.store, "arm64")
    assert failure.value.kind is Kind.IMAGE


def test_a_package_that_is_not_bridged_for_it_is_told(asked, repository, toolbox):
    rule = asked.project.images["jq"]
    with pytest.raises(Failure) as failure:
        choose(rule, repo.for_images(repository), toolbox, asked.store, architecture="arm64")
    assert failure.value.kind is Kind.IMAGE
    assert any("`jq (arm64)`" in problem.what for problem in failure.value.problems)


def test_bills_of_materials_tell_the_machines_apart(asked, repository, twin):
    told = {}
    ground = factory.Ground(rendered=(), built=(), repository=repository)
    pipeline.accompany(asked, open_workshop(asked), {"distroless-cc": twin}, pipeline.facts_of(asked, ground))
    for name in ("distroless-cc", "distroless-cc-arm64"):
        document = json.loads((asked.project.output / "sbom" / f"{name}.spdx.json").read_bytes())
        told[name] = {one["name"]: json.dumps(one) for one in document["packages"]}
    assert "aarch64" in told["distroless-cc-arm64"]["libc6"]
    assert "arm64.deb" in told["distroless-cc-arm64"]["libc6"]
    assert "amd64.deb" in told["distroless-cc"]["libc6"]
