"""What refers to an image: manifests with a subject, each found under its tag, signed, and the same every time."""

import base64
import json

from headwater.sbom.referrers import described, digests, referrers

SUBJECT = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": f"sha256:{'a' * 64}", "size": 7}
DOCUMENTS = {"small.spdx.json": b"{1}", "small.cdx.json": b"{2}"}
TAG = f"sha256-{'a' * 64}"


def made():
    unsigned = described(SUBJECT, DOCUMENTS)
    return referrers(unsigned, {digest: (f"this is {digest}".encode(), b"by me") for digest in digests([unsigned])})


def read(layout, one):
    return json.loads(layout.blobs[one["digest"].removeprefix("sha256:")])


def test_a_registry_that_is_asked_by_tag_names_bills_of_materials_and_signature():
    layout = made()
    listed = read(layout, layout.named[TAG])["manifests"]
    assert [one["artifactType"] for one in listed] == [
        "application/vnd.cyclonedx+json",
        "application/spdx+json",
        "application/vnd.dev.cosign.artifact.sig.v1+json",
    ]
    assert all(read(layout, one)["subject"] == SUBJECT for one in listed)
    assert all(read(layout, one)["artifactType"] == one["artifactType"] for one in listed)


def test_a_bill_of_materials_lies_there_as_it_is_under_its_name():
    layout = made()
    spdx = read(layout, read(layout, layout.named[TAG])["manifests"][1])
    assert layout.blobs[spdx["layers"][0]["digest"].removeprefix("sha256:")] == b"{1}"
    assert spdx["layers"][0]["annotations"] == {"org.opencontainers.image.title": "small.spdx.json"}
    assert layout.blobs[spdx["config"]["digest"].removeprefix("sha256:")] == b"{}"


def test_every_one_of_them_is_signed():
    layout = made()
    signatures = {name: one for name, one in layout.named.items() if name.endswith(".sig")}
    bills = [one["digest"] for one in read(layout, layout.named[TAG])["manifests"][:2]]
    assert set(signatures) == {f"{digest.replace(':', '-')}.sig" for digest in (SUBJECT["digest"], *bills)}
    (layer,) = read(layout, signatures[f"{TAG}.sig"])["layers"]
    assert layout.blobs[layer["digest"].removeprefix("sha256:")] == f"this is {SUBJECT['digest']}".encode()
    assert base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"]) == b"by me"


def test_everything_that_is_named_is_there():
    layout = made()
    text = "".join(blob.decode() for blob in layout.blobs.values())
    for digest in layout.blobs:
        assert f"sha256:{digest}" in text or digest in str(layout.named)
    assert all(one["size"] == len(layout.blobs[one["digest"].removeprefix("sha256:")]) for one in layout.named.values())


def test_the_same_image_has_the_same_referrers():
    assert made() == made()
