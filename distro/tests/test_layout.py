"""A container image as anybody may read it: the OCI image layout, every blob under its own digest."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest


def digest_of(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def place_of(image: Path, descriptor: dict[str, Any]) -> Path:
    return image / "blobs" / descriptor["digest"].replace(":", "/")


def read(image: Path, descriptor: dict[str, Any]) -> Any:
    path = place_of(image, descriptor)
    assert path.stat().st_size == descriptor["size"]
    return json.loads(path.read_bytes())


@pytest.fixture
def manifests(image: Path) -> list[dict[str, Any]]:
    """All that a runtime may choose from; an index within the index is opened."""
    found = []
    for descriptor in json.loads((image / "index.json").read_bytes())["manifests"]:
        inner = read(image, descriptor)
        found += [read(image, each) for each in inner["manifests"]] if "manifests" in inner else [inner]
    return found


def test_it_is_a_layout(image: Path) -> None:
    assert json.loads((image / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}


def test_every_blob_is_what_its_name_says(image: Path) -> None:
    blobs = sorted((image / "blobs" / "sha256").iterdir())
    assert blobs
    assert [digest_of(path) for path in blobs] == [f"sha256:{path.name}" for path in blobs]


def test_layers_are_there_and_as_many_as_the_configuration_says(image: Path, manifests: list[dict[str, Any]]) -> None:
    images = [each for each in manifests if each["config"]["mediaType"] == "application/vnd.oci.image.config.v1+json"]
    assert images
    for each in images:
        assert len(read(image, each["config"])["rootfs"]["diff_ids"]) == len(each["layers"])
        assert all(place_of(image, layer).stat().st_size == layer["size"] for layer in each["layers"])
