"""What has to be fetched of the small container images, as registries hold it; the machine's root is in test_vm.py."""

import json
from pathlib import Path

import pytest

from headwater.compose import compose_images
from headwater.request import open_workshop

pytestmark = [pytest.mark.world, pytest.mark.toolbox, pytest.mark.mirror]
MOST = {"distroless-static": 1, "distroless-base": 8, "base": 40}  # MiB


@pytest.fixture(scope="module")
def layouts(asked, repository) -> dict[str, Path]:
    images = compose_images(asked, open_workshop(asked), repository, list(MOST))
    return {name: image.artefact("oci").path for name, image in images.items()}


def fetched(layout: Path, one: dict) -> int:
    """Bytes of a manifest and all that it names; of an index of several machines' manifests, those of the largest."""
    said = json.loads((layout / "blobs" / one["digest"].replace(":", "/")).read_bytes())
    if "manifests" in said:
        return max(fetched(layout, each) for each in said["manifests"])
    return sum(each["size"] for each in (one, said["config"], *said["layers"]))


@pytest.mark.parametrize("name", MOST)
def test_what_is_fetched_is_small_enough(layouts, name):
    (named,) = json.loads((layouts[name] / "index.json").read_bytes())["manifests"]
    assert 0 < fetched(layouts[name], named) <= MOST[name] << 20
