"""An image for two machines, taken apart: whose packages, and which manifest."""

import json

from headwater.image.model import Artefact, Image, Twin
from headwater.rpm.model import Rpm
from headwater.sbom import Facts
from headwater.sbom.twins import apart, subject_of, subjects_of
from headwater.toolbox.debian import Deb

MANIFEST, INDEX = "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"


def rpm(arch: str) -> Rpm:
    return Rpm(name="libc6", version="1", release="1", arch=arch, digest=arch, size=1, origin="bridge", component="glibc")


def deb(arch: str) -> Deb:
    return Deb(name="libc6", version="1-1", arch=arch, sha256=arch, size=1, path=f"pool/libc6_{arch}.deb")


def described(digest: str, type_: str = MANIFEST, **more: object) -> dict[str, object]:
    return {"mediaType": type_, "digest": f"sha256:{digest}", "size": 1, **more}


def image(tmp_path, *twins: Twin) -> Image:
    """With a layout whose index lists the manifests in another order than that of the twins."""
    listed = [described(each, platform={"architecture": each, "os": "linux"}) for each in ("arm64", "amd64")]
    (tmp_path / "blobs" / "sha256").mkdir(parents=True)
    (tmp_path / "blobs" / "sha256" / "both").write_text(json.dumps({"manifests": listed}))
    named = described("both", INDEX) if twins else described("amd64")
    (tmp_path / "index.json").write_text(json.dumps({"manifests": [{**named, "annotations": {}}]}))
    oci = Artefact(format="oci", path=tmp_path, digest=str(named["digest"]), size=1)
    return Image(
        name="base", kind="oci", key="k", artefacts=(oci,), packages=(rpm("x86_64"),), seconds=0, cached=False, index="i",
        twins=twins,
    )  # fmt: skip


TWIN = Twin(architecture="arm64", packages=(rpm("aarch64"),), index="other")


def test_each_has_its_packages_and_is_told_by_its_own_debs(tmp_path):
    facts = Facts(distro="alki", debs={"libc6": deb("amd64")}, foreign={"arm64": {"libc6": deb("arm64")}})
    (ours, told), (theirs, told_of_theirs) = apart(image(tmp_path, TWIN), facts)
    assert (ours.name, theirs.name, theirs.index) == ("base", "base-arm64", "other")
    assert (ours.packages[0].arch, theirs.packages[0].arch) == ("x86_64", "aarch64")
    assert (told.debs["libc6"].arch, told_of_theirs.debs["libc6"].arch) == ("amd64", "arm64")


def test_what_refers_to_one_machine_refers_to_its_manifest(tmp_path):
    made = image(tmp_path, TWIN)
    assert subject_of(made) == described("both", INDEX)
    assert subjects_of(made) == (described("amd64"), described("arm64"))


def test_an_image_alone_is_its_own_subject(tmp_path):
    made = image(tmp_path)
    assert subjects_of(made) == (subject_of(made),) == (described("amd64"),)
