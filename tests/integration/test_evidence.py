"""The signed list over images and bills of materials: a changed byte anywhere is found."""

from pathlib import Path

import pytest

from headwater.config.model import Project
from headwater.digest import digest_bytes
from headwater.errors import Failure, Kind
from headwater.evidence import World, check_seal, seal
from headwater.image.model import Artefact, Image
from headwater.sign.model import Key
from headwater.store import Store
from headwater.toolbox import Toolbox

pytestmark = pytest.mark.toolbox
BLOB = b"layer"


@pytest.fixture
def sealed(tmp_path: Path, key: Key, toolbox: Toolbox, store: Store) -> Path:
    out = tmp_path / "out"
    blobs = out / "images" / "base" / "oci" / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    (out / "sbom").mkdir()
    (blobs / digest_bytes(BLOB)).write_bytes(BLOB)
    (blobs.parents[1] / "index.json").write_bytes(b"{}")
    (out / "images" / "vm.raw").write_bytes(b"disk")
    (out / "sbom" / "vm.spdx.json").write_bytes(b"{}")
    disk = Artefact(format="raw", path=out / "images" / "vm.raw", digest=f"sha256:{digest_bytes(b'disk')}", size=4)
    layout = Artefact(format="oci", path=blobs.parents[1], digest="sha256:" + "0" * 64, size=7)
    images = {"vm": image("vm", disk), "base": image("base", layout)}
    return seal(World(project=Project(root=tmp_path), store=store, images=images), key, toolbox).parent


def image(name: str, artefact: Artefact) -> Image:
    return Image(name=name, kind="disk", key="k", artefacts=(artefact,), packages=(), seconds=0.0, cached=False)


def test_what_is_whole_passes(sealed: Path, key: Key) -> None:
    blob = f"images/base/oci/blobs/sha256/{digest_bytes(BLOB)}"
    assert check_seal(sealed, key) == (blob, "images/base/oci/index.json", "images/vm.raw", "sbom/vm.spdx.json")


@pytest.mark.parametrize(
    "name",
    ["images/vm.raw", "sbom/vm.spdx.json", "images/base/oci/index.json", f"images/base/oci/blobs/sha256/{digest_bytes(BLOB)}"],
)
def test_a_changed_file_is_named(sealed: Path, key: Key, name: str) -> None:
    (sealed / name).write_bytes(b"other")
    with pytest.raises(Failure) as caught:
        check_seal(sealed, key)
    assert [problem.kind for problem in caught.value.problems] == [Kind.SIGNATURE]
    assert name in caught.value.problems[0].what


def test_a_changed_list_and_another_key_are_refused(sealed: Path, key: Key, other_key: Key) -> None:
    with pytest.raises(Failure):
        check_seal(sealed, other_key)
    content = (sealed / "SHA256SUMS").read_text()
    (sealed / "SHA256SUMS").write_text(content.replace(digest_bytes(b"disk"), digest_bytes(b"evil")))
    (sealed / "images" / "vm.raw").write_bytes(b"evil")
    with pytest.raises(Failure) as caught:
        check_seal(sealed, key)
    assert caught.value.kind is Kind.SIGNATURE


def test_a_missing_signature_is_refused(sealed: Path, key: Key) -> None:
    (sealed / "SHA256SUMS.asc").unlink()
    with pytest.raises(Failure):
        check_seal(sealed, key)
