"""A folder of updates: versions add up, signed; one that is out stays as it is. The images here are a few bytes each."""

from pathlib import Path

import msgspec
import pytest
import zstandard

from headwater.config.images import DiskRule, ImageKind, ImageRule, RootKind
from headwater.digest import digest_bytes
from headwater.errors import Failure, Kind
from headwater.image.model import Artefact, Image
from headwater.image.release import LINE, SIGNATURE, SUMS
from headwater.image.verbs import release_image
from headwater.sign import check_file
from headwater.toolbox import sandbox

pytestmark = pytest.mark.toolbox
RULE = ImageRule(name="a", kind=ImageKind.DISK, version="1", disk=DiskRule(root=RootKind.VERITY, slot_size=64))
HASH = "0123456789abcdef" * 4
IDENTITY = "01234567-89ab-cdef-0123-456789abcdef"  # either half of it
NAMES = ["a_{}.parts", "a_{}.efi.zst", f"a_{{}}_{IDENTITY}.erofs.zst", f"a_{{}}_{IDENTITY}.verity.zst"]


@pytest.fixture
def release(tmp_path, key, toolbox, store):
    """Releases an image whose parts are some text and the root's hash."""

    def make(text: str, version: str = "1", signer=key):
        parts = []
        for part in ("erofs", "verity", "uki"):
            path = tmp_path / f"{part}-{text}-{version}"
            path.write_text(f"{part} {text} roothash={HASH} quiet")
            parts.append(Artefact(format=part, path=path, digest="", size=path.stat().st_size))
        image = Image(name="a", kind="disk", key="", artefacts=tuple(parts), packages=(), seconds=0, cached=False)
        rule = msgspec.structs.replace(RULE, version=version)
        return release_image(image, rule, tmp_path / "updates", key=signer, toolbox=toolbox, store=store)

    return make


def listed(folder: Path) -> dict[str, str]:
    matches = [LINE.fullmatch(line) for line in (folder / SUMS).read_text().splitlines()]
    assert all(matches)
    return {match[2]: match[1] for match in matches if match}


PATCHES = ["a_2_from_1.erofs.patch", "a_2_from_1.efi.patch"]


def test_versions_add_up_under_a_list_that_is_signed(release, key):
    release("first")
    done = release("second", version="2")
    names = [*(name.format(version) for version in (1, 2) for name in NAMES), *PATCHES]
    assert {path.name for path in done.folder.iterdir()} == {*names, SUMS, SIGNATURE}
    assert listed(done.folder) == {name: digest_bytes((done.folder / name).read_bytes()) for name in names}
    check_file(done.folder / SUMS, (done.folder / SIGNATURE).read_bytes(), key)
    kernel = zstandard.decompress((done.folder / "a_2.efi.zst").read_bytes())
    assert kernel.decode() == f"uki second roothash={HASH} quiet"


def test_patches_lead_from_every_version_to_the_newest(release, toolbox):
    for version in ("1", "2", "3"):
        folder = release("some words", version=version).folder
    assert {path.name for path in folder.glob("*.patch")} == {
        f"a_3_from_{old}.{part}.patch" for old in (1, 2) for part in ("erofs", "efi")
    }
    words = 'zstd -qdf "$0.zst" -o /tmp/old; zstd -qd --long=31 --patch-from=/tmp/old "$1" -c; cat "$2" >&2'
    files = [f"/tmp/f/a_1_{IDENTITY}.erofs", "/tmp/f/a_3_from_1.erofs.patch", "/tmp/f/a_3.parts"]
    done = sandbox.run(toolbox, ["sh", "-ec", words, *files], binds=[sandbox.Bind(source=folder, target="/tmp/f")])
    root = f"erofs some words roothash={HASH} quiet".encode()
    assert done.stdout == root
    assert f"{digest_bytes(root)} *a_3_{IDENTITY}.erofs\n".encode() in done.stderr


def test_an_extension_is_one_file_and_has_no_patches(tmp_path, key, toolbox, store):
    for version in ("1", "2"):
        path = tmp_path / version
        path.write_text(f"version {version}")
        made = Artefact(format="raw", path=path, digest="", size=path.stat().st_size)
        image = Image(name="a", kind="extension", key="", artefacts=(made,), packages=(), seconds=0, cached=False)
        rule = ImageRule(name="a", kind=ImageKind.EXTENSION, version=version)
        done = release_image(image, rule, tmp_path / "updates", key=key, toolbox=toolbox, store=store)
    assert {path.name for path in done.folder.iterdir()} == {"a_1.raw.zst", "a_2.raw.zst", SUMS, SIGNATURE}
    assert set(listed(done.folder)) == {"a_1.raw.zst", "a_2.raw.zst"}
    assert zstandard.decompress((done.folder / "a_2.raw.zst").read_bytes()) == b"version 2"


def test_again_changes_nothing(release):
    folder = release("first").folder
    before = {path: (path.stat().st_ino, path.read_bytes()) for path in folder.iterdir()}
    release("first")
    assert {path: (path.stat().st_ino, path.read_bytes()) for path in folder.iterdir()} == before


def test_a_version_that_is_out_stays_as_it_is(release):
    folder = release("first").folder
    before = listed(folder)
    with pytest.raises(Failure) as failure:
        release("other")
    assert failure.value.kind is Kind.IMAGE
    assert listed(folder) == before


def test_what_somebody_else_signed_is_not_carried_on(release, other_key):
    folder = release("first").folder
    before = listed(folder)
    with pytest.raises(Failure) as failure:
        release("second", version="2", signer=other_key)
    assert failure.value.kind is Kind.SIGNATURE
    assert listed(folder) == before
