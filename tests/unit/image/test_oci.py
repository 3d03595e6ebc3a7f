import hashlib
import json

import msgspec
import pytest
import zstandard

from headwater.config.images import ImageKind, ImageRule, OciRule
from headwater.image.oci import write_oci
from headwater.image.rootfs import Composed
from headwater.image.tar import write_tar

RULE = ImageRule(
    name="base",
    description="test",
    kind=ImageKind.OCI,
    oci=OciRule(cmd=("/usr/bin/bash",), user="alki", env={"B": "2", "A": "1"}),
)


@pytest.fixture
def composed(root, store, tmp_path):
    with (tmp_path / "root.tar").open("wb") as file:
        write_tar(root, store, file)
    tar = store.add_file(tmp_path / "root.tar")
    return Composed(root=root, tar=tar, index=store.add_bytes(msgspec.json.encode(root)))


def test_every_digest_leads_to_its_bytes(composed, store, tmp_path):
    place = tmp_path / "oci"
    digest = write_oci(RULE, "0", composed, store, place)
    read = lambda found: (place / "blobs" / found.replace(":", "/")).read_bytes()  # noqa: E731 three uses, one line
    for file in (place / "blobs/sha256").iterdir():
        assert hashlib.sha256(file.read_bytes()).hexdigest() == file.name
    index = json.loads((place / "index.json").read_text())
    assert index["manifests"][0]["digest"] == digest
    manifest = json.loads(read(digest))
    config = json.loads(read(manifest["config"]["digest"]))
    layer = zstandard.ZstdDecompressor().decompress(read(manifest["layers"][0]["digest"]))
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    assert config["config"]["Env"] == ["A=1", "B=2"]
    assert config["config"]["User"] == "alki"


def test_same_bytes_twice(composed, store, tmp_path):
    assert write_oci(RULE, "0", composed, store, tmp_path / "a") == write_oci(RULE, "0", composed, store, tmp_path / "b")
