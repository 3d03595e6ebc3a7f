"""A folder of updates: every version of an image that machines may fetch, under digests that are signed as a whole.

What systemd-sysupdate reads over HTTP: compressed parts whose names say version and partition, SHA256SUMS, SHA256SUMS.gpg.
What `update.sh` reads besides: digests of the parts as a machine has them, and patches to the newest version from the others.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
import zstandard

from headwater.config.images import ImageKind, ImageRule
from headwater.digest import digest_file, digest_of
from headwater.errors import Kind, fail
from headwater.image.model import Image
from headwater.image.patches import PATCH, Version, patches, prefix
from headwater.image.updates import is_sealed, pattern_of
from headwater.image.verity import verity_of
from headwater.progress import step
from headwater.sign import check_file, sign_bytes
from headwater.sign.model import Key
from headwater.store import Blob, Store
from headwater.toolbox.model import Toolbox
from headwater.whole import replacing

SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.gpg"
LEVEL = 9  # of zstd: the root is compressed already, and only what its own way left is to be had
LINE = re.compile(r"([0-9a-f]{64}) \*([A-Za-z0-9][A-Za-z0-9._~^+-]*)")  # as `sha256sum --binary` writes it
FORMATS = {"erofs": "erofs", "verity": "verity", "efi": "uki"}  # what a machine needs, by the ending of its name
EXTENSION = {"raw": "raw"}  # the same of an extension


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of updates after a version was added; `files` are those of this version: name, bytes, SHA-256."""

    version: str
    folder: Path
    files: tuple[tuple[str, int, str], ...]


def release_image(image: Image, rule: ImageRule, folder: Path, *, key: Key, toolbox: Toolbox, store: Store) -> Release:
    """Add an image, made from its versioned `rule`, to a folder of updates, which takes the old one's place whole.

    Errors: Failure(IMAGE) where the folder has the version with other bytes; Failure(SIGNATURE) where it is not ours.
    """
    if not is_sealed(rule) and rule.kind is not ImageKind.EXTENSION:
        why = "only a verified root is updated as a whole, and extensions are"
        raise fail(Kind.USAGE, f"image `{rule.name}` has no updates", where=rule.where, why=why, hint='disk.root = "verity"')
    new = _version(image, rule)
    with store.lock(f"release-{digest_of(str(folder.absolute()))[:16]}"), step("release", f"{new.name} {new.version}") as work:
        old = _known(folder, key)
        files = _whole(new, store)
        _check_new(rule, files, old)
        if all(old.get(name) == blob.digest for name, blob in files.items()):
            work.cached()
            files |= _there(folder, {name: digest for name, digest in old.items() if name.startswith(prefix(new))})
        else:
            kept = {name: digest for name, digest in old.items() if not name.endswith(PATCH)}
            files |= patches(new, folder, kept, toolbox, store)
            _write(folder, kept, files, key, toolbox, store)
    rows = tuple((name, blob.size, blob.digest) for name, blob in sorted(files.items()))
    return Release(version=new.version, folder=folder, files=rows)


def _version(image: Image, rule: ImageRule) -> Version:
    formats = FORMATS if is_sealed(rule) else EXTENSION
    parts = {ending: image.artefact(format_).path for ending, format_ in formats.items()}
    return Version(name=rule.name, version=rule.version, parts=parts)


def _whole(new: Version, store: Store) -> dict[str, Blob]:
    """All parts of a version, compressed, and of a root the list of what they are when they are not, by their files' names."""
    verity = verity_of(new.parts["efi"]) if "efi" in new.parts else None
    identities = {"erofs": verity.data, "verity": verity.tree} if verity else {}
    files, listed = {}, ""
    for ending, path in new.parts.items():
        name = pattern_of(new.name, ending).replace("@v", new.version).replace("@u", identities.get(ending, ""))
        files[f"{name}.zst"] = _compressed(path, store)
        listed += f"{digest_file(path)} *{name}\n"
    if verity:  # for patches; an extension is fetched whole
        files[f"{new.name}_{new.version}.parts"] = store.add_bytes(listed.encode())
    return files


def _there(folder: Path, digests: Mapping[str, str]) -> dict[str, Blob]:
    return {name: Blob(digest=digest, size=(folder / name).stat().st_size) for name, digest in digests.items()}


def _compressed(file: Path, store: Store) -> Blob:
    """A file in one zstd frame, from the store if the same was compressed before."""
    key = digest_of([digest_file(file), LEVEL, zstandard.ZSTD_VERSION])
    found = store.use("compressed", key)
    if not found:
        with store.scratch("compress") as work:
            compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True, threads=2)
            with file.open("rb") as source, (work / "zst").open("wb") as target:
                compressor.copy_stream(source, target, size=file.stat().st_size)
            found = store.put("compressed", key, {"zst": store.add_file(work / "zst", move=True)})
    return found.outputs["zst"]


def _known(folder: Path, key: Key) -> dict[str, str]:
    """Digests of what the folder holds, by name; they are believed because they are signed."""
    sums = folder / SUMS
    if not sums.exists():
        return {}
    check_file(sums, (folder / SIGNATURE).read_bytes(), key)
    return {match[2]: match[1] for line in sums.read_text().splitlines() if (match := LINE.fullmatch(line))}


def _check_new(rule: ImageRule, blobs: dict[str, Blob], old: dict[str, str]) -> None:
    mine = re.compile(rf"{re.escape(rule.name)}_{re.escape(rule.version)}[_.].*")
    other = [
        name for name, digest in old.items() if mine.fullmatch(name) and (name not in blobs or blobs[name].digest != digest)
    ]
    if other:
        raise fail(
            Kind.IMAGE,
            f"version `{rule.version}` of `{rule.name}` is out already, with other bytes",
            where=rule.where,
            why=f"`{other[0]}` differs; machines that have it would never fetch the new one",
            hint=f'images.{rule.name}.version = "..."',
        )


def _write(  # noqa: PLR0917 private, and each is a different thing
    folder: Path, old: dict[str, str], blobs: dict[str, Blob], key: Key, toolbox: Toolbox, store: Store
) -> None:
    with replacing(folder) as made:
        for name in old:
            _link(folder / name, made / name)
        for name, blob in blobs.items():
            _link(store.path(blob.digest), made / name)
        digests = {**old, **{name: blob.digest for name, blob in blobs.items()}}
        sums = "".join(f"{digest} *{name}\n" for name, digest in sorted(digests.items())).encode()
        (made / SUMS).write_bytes(sums)
        (made / SIGNATURE).write_bytes(sign_bytes(sums, key, toolbox, store))


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or a store of another owner
        shutil.copyfile(source, target)
