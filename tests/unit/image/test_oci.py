import hashlib
import json

import msgspec
import pytest
import zstandard

from headwater.config.images import ImageKind, ImageRule, OciRule
from headwater.image.oci import make_oci

RULE = ImageRule(
    name="base",
    description="test",
    kind=ImageKind.OCI,
    oci=OciRule(cmd=("/usr/bin/bash",), user="alki", env={"B": "2", "A": "1"}),
)
ABOUT = {"version": "0", "vendor": "Us", "url": ""}
ORIGINS = {"iputils": "iputils", "note": "notes"}


@pytest.fixture
def layout(root, store):
    return make_oci(RULE, ABOUT, root, ORIGINS, store)


def read(files, store, digest):
    return store.read(files[f"blobs/{digest.replace(':', '/')}"].digest)


def test_every_digest_leads_to_its_bytes(layout, store):
    files, digest = layout
    for path, blob in files.items():
        assert not path.startswith("blobs/") or path == f"blobs/sha256/{blob.digest}"
    index = json.loads(store.read(files["index.json"].digest))
    assert index["manifests"][0]["digest"] == digest
    manifest = json.loads(read(files, store, digest))
    config = json.loads(read(files, store, manifest["config"]["digest"]))
    tars = [
        zstandard.ZstdDecompressor().decompressobj().decompress(read(files, store, layer["digest"]))
        for layer in manifest["layers"]
    ]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(tar).hexdigest()}" for tar in tars]
    assert [layer["size"] for layer in manifest["layers"]] == [
        len(read(files, store, layer["digest"])) for layer in manifest["layers"]
    ]
    assert len(config["history"]) == len(tars) == 4
    assert config["config"]["Env"] == ["A=1", "B=2"]
    assert config["config"]["User"] == "alki"


def test_it_says_what_it_is_in_its_manifest_and_its_labels(root, store):
    rule = msgspec.structs.replace(
        RULE, oci=OciRule(labels={"team": "us"}, annotations={"org.opencontainers.image.vendor": "Them"})
    )
    files, digest = make_oci(rule, ABOUT, root, ORIGINS, store)
    manifest = json.loads(read(files, store, digest))
    labels = json.loads(read(files, store, manifest["config"]["digest"]))["config"]["Labels"]
    told = {"title": "base", "description": "test", "version": "0", "vendor": "Us"}
    assert labels == {f"org.opencontainers.image.{name}": text for name, text in told.items()} | {"team": "us"}
    said = {name.rpartition(".")[2]: text for name, text in manifest["annotations"].items()}
    assert said == told | {"vendor": "Them", "created": "2025-10-09T08:53:20Z"}


def test_with_a_twin_it_is_an_index_from_which_each_machine_takes_its_own(root, store):
    files, digest = make_oci(RULE, ABOUT, root, ORIGINS, store, {"arm64": root})
    (named,) = json.loads(store.read(files["index.json"].digest))["manifests"]
    assert (named["digest"], named["mediaType"]) == (digest, "application/vnd.oci.image.index.v1+json")
    index = json.loads(read(files, store, digest))
    assert [one["platform"]["architecture"] for one in index["manifests"]] == ["amd64", "arm64"]
    assert index["annotations"]["org.opencontainers.image.title"] == "base"
    layers, machines = [], []
    for one in index["manifests"]:
        manifest = json.loads(read(files, store, one["digest"]))
        layers.append(manifest["layers"])
        machines.append(json.loads(read(files, store, manifest["config"]["digest"]))["architecture"])
    assert machines == ["amd64", "arm64"]
    assert layers[0] == layers[1]  # the same root: no layer is there twice


def test_without_a_twin_the_manifest_stands_alone(layout, store):
    (named,) = json.loads(store.read(layout[0]["index.json"].digest))["manifests"]
    assert named["mediaType"] == "application/vnd.oci.image.manifest.v1+json"
    assert named["platform"] == {"architecture": "amd64", "os": "linux"}
