"""What a registry tells of a container image beside it: its bills of materials, and signatures of them and of the image.

Each is an artifact manifest whose `subject` is the image (image-spec 1.1); a registry that cannot be asked for referrers has
them under the tag `sha256-DIGEST` (distribution-spec 1.1), and podman looks for signatures under `sha256-DIGEST.sig`. They lie
in an OCI layout of their own, each under the name that is its tag: a layout of one image is what everybody's tools expect.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from headwater.digest import canonical_json, digest_bytes
from headwater.image.model import Image
from headwater.sbom.documents import Documents
from headwater.sbom.twins import Described, subject_of, subjects_of
from headwater.store import Store
from headwater.whole import write_whole

OCI, ANNOTATION = "application/vnd.oci", "org.opencontainers.image"
MANIFEST, INDEX, EMPTY = f"{OCI}.image.manifest.v1+json", f"{OCI}.image.index.v1+json", f"{OCI}.empty.v1+json"
DOCUMENTS = {".spdx.json": "application/spdx+json", ".cdx.json": "application/vnd.cyclonedx+json"}
SIGNATURE, SIGNED = "application/vnd.dev.cosign.artifact.sig.v1+json", "application/vnd.dev.cosign.simplesigning.v1+json"

Signed = Mapping[str, tuple[bytes, bytes]]  # by the digest of a manifest: what is signed, and the signature


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Blobs by digest (hexadecimal), and descriptors of what is named."""

    blobs: dict[str, bytes]
    named: dict[str, Described]


class Unsigned(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest and those of its bills of materials, each of which will have a signature; blobs by digest (hexadecimal)."""

    subject: Described
    about: tuple[Described, ...]
    blobs: dict[str, bytes]


def unsigned(image: Image, documents: Sequence[Documents]) -> tuple[Unsigned, ...]:
    """What refers to a container image; with twins, to each of their manifests and to the index over them.

    `documents` are its bills of materials (`every_sbom`).
    """
    of_each = [described(subject, told) for subject, told in zip(subjects_of(image), documents, strict=True)]
    every = {name: content for told in documents for name, content in told.items()}
    return (*of_each, described(subject_of(image), every)) if image.twins else tuple(of_each)


def digests(every: Iterable[Unsigned]) -> tuple[str, ...]:
    """What is to be signed."""
    return tuple(manifest["digest"] for one in every for manifest in (one.subject, *one.about))


def described(subject: Described, documents: Documents) -> Unsigned:
    """A manifest's bills of materials, by file name, as what refers to it."""
    blobs: dict[str, bytes] = {}
    about = tuple(_document(name, content, subject, blobs) for name, content in sorted(documents.items()))
    return Unsigned(subject=subject, about=about, blobs=blobs)


def write_referrers(every: Sequence[Unsigned], signed: Signed, folder: Path, store: Store) -> None:
    """Write the layout of an image's referrers. The list of contents is last: a layout that is cut is not half a new one."""
    write_layout(joined([referrers(one, signed) for one in every]), folder, store)


def joined(layouts: Sequence[Layout]) -> Layout:
    """Several layouts as one; no two of them name the same."""
    return Layout(
        blobs={digest: content for one in layouts for digest, content in one.blobs.items()},
        named={name: described for one in layouts for name, described in one.named.items()},
    )


def write_layout(made: Layout, folder: Path, store: Store) -> None:
    """Write an OCI layout (image-spec 1.1); blobs of an older one go last. What the store has is its own file, read-only."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    for digest, content in made.blobs.items():
        if store.has(digest) and not (blobs / digest).exists():
            with suppress(OSError):  # another file system, or a store of another owner
                os.link(store.path(digest), blobs / digest)
                continue
        write_whole(blobs / digest, content)
    write_whole(folder / "oci-layout", canonical_json({"imageLayoutVersion": "1.0.0"}))
    named = [one | {"annotations": {f"{ANNOTATION}.ref.name": name}} for name, one in sorted(made.named.items())]
    write_whole(folder / "index.json", canonical_json(_index(named)))
    for old in blobs.iterdir():
        if old.name not in made.blobs:
            old.unlink()


def referrers(one: Unsigned, signed: Signed) -> Layout:
    """The layout as a value."""
    blobs, every = dict(one.blobs), (one.subject, *one.about)
    signatures = {each["digest"]: _signature(each, *signed[each["digest"]], blobs) for each in every}
    # what refers to the image, and of each bill of materials its signature
    named = {tag(one.subject): _listed([*one.about, signatures[one.subject["digest"]]], blobs)}
    named |= {tag(each): _listed([signatures[each["digest"]]], blobs) for each in one.about}
    named |= {f"{tag(each)}.sig": _bare(signatures[each["digest"]]) for each in every}
    return Layout(blobs=blobs, named=named)


def tag(one: Described) -> str:
    """The tag under which a registry keeps what refers to a manifest."""
    return str(one["digest"]).replace(":", "-")


def _document(name: str, content: bytes, subject: Described, blobs: dict[str, bytes]) -> Described:
    type_ = next(type_ for suffix, type_ in DOCUMENTS.items() if name.endswith(suffix))
    layer = _blob(content, type_, blobs) | {"annotations": {f"{ANNOTATION}.title": name}}
    return _artifact(type_, _blob(b"{}", EMPTY, blobs), layer, subject, blobs)


def _signature(subject: Described, text: bytes, signature: bytes, blobs: dict[str, bytes]) -> Described:
    """As cosign writes it with its referrers mode; its readers take the type of the configuration for granted."""
    layer = _blob(text, SIGNED, blobs)
    layer["annotations"] = {"dev.cosignproject.cosign/signature": base64.b64encode(signature).decode()}
    rootfs = {"type": "layers", "diff_ids": [layer["digest"]]}
    config = canonical_json({"architecture": "", "os": "", "config": {}, "rootfs": rootfs})
    return _artifact(SIGNATURE, _blob(config, f"{OCI}.image.config.v1+json", blobs), layer, _bare(subject), blobs)


def _artifact(type_: str, config: Described, layer: Described, subject: Described, blobs: dict[str, bytes]) -> Described:
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": type_,
        "config": config,
        "layers": [layer],
        "subject": subject,
    }
    return _blob(canonical_json(manifest), MANIFEST, blobs) | {"artifactType": type_}


def _listed(ones: list[Described], blobs: dict[str, bytes]) -> Described:
    return _blob(canonical_json(_index(ones)), INDEX, blobs)


def _index(manifests: list[Described]) -> Described:
    return {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}


def _blob(content: bytes, type_: str, blobs: dict[str, bytes]) -> Described:
    digest = digest_bytes(content)
    blobs[digest] = content
    return {"mediaType": type_, "digest": f"sha256:{digest}", "size": len(content)}


def _bare(one: Described) -> Described:
    """A descriptor as a subject has it: what it is of, and no more."""
    return {key: one[key] for key in ("mediaType", "digest", "size")}
