"""A root as an OCI image layout (image-spec 1.1): zstd layers by origin, the same bytes every time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from headwater.config.images import ImageRule
from headwater.config.workshop import MACHINE
from headwater.digest import canonical_json
from headwater.image.layers import Layer, layers_of
from headwater.image.model import Root
from headwater.store import Blob, Store

TYPES, NAMES = "application/vnd.oci.image", "org.opencontainers.image"
VARIANTS = {"arm64": {"variant": "v8"}}  # as every builder writes it, and as readers that compare it expect it
ZSTD = {"io.github.containers.compression.zstd": "true"}  # skopeo and podman add it where it lacks, and the digest is another

Described = dict[str, Any]


def make_oci(  # noqa: PLR0917 each is a different thing of the image
    rule: ImageRule,
    about: Mapping[str, str],
    root: Root,
    origins: Mapping[str, str],
    store: Store,
    twins: Mapping[str, Root] = {},
) -> tuple[dict[str, Blob], str]:
    """The layout's files by their path in it, and the digest (`sha256:...`) of what it names.

    That is a manifest; with `twins`, roots by the architecture that they are for, it is an index of a manifest for each.
    `about` is what the distribution says of all its images, by OCI's names of annotations (`version`, `vendor`, `url`).
    `origins` says of each package, by name, which source it was built from: each source has its own layer.
    """
    told = {"title": rule.name, "description": rule.description, **about}
    named = {f"{NAMES}.{name}": text for name, text in told.items() if text}
    blobs: list[Blob] = []
    manifests = [
        _manifest(rule, named, each, layers_of(each.root, origins, store), store, blobs)
        for each in (_For(MACHINE, root), *(_For(name, twins[name]) for name in sorted(twins)))
    ]
    whole = manifests[0] if len(manifests) == 1 else _index(rule, named, manifests, store, blobs)
    listed = whole | {"annotations": {f"{NAMES}.ref.name": about.get("version") or "latest"}}
    index = {"schemaVersion": 2, "mediaType": f"{TYPES}.index.v1+json", "manifests": [listed]}
    files = {f"blobs/sha256/{blob.digest}": blob for blob in blobs}
    files["index.json"] = store.add_bytes(canonical_json(index))
    files["oci-layout"] = store.add_bytes(canonical_json({"imageLayoutVersion": "1.0.0"}))
    return files, whole["digest"]


class _For(NamedTuple):
    """A root and the architecture that it is for."""

    architecture: str
    root: Root


def _manifest(  # noqa: PLR0917 each is a different thing of the manifest
    rule: ImageRule, named: Mapping[str, str], made: _For, layers: Sequence[Layer], store: Store, blobs: list[Blob]
) -> Described:
    """The descriptor of a manifest; it, its configuration and its layers are added to `blobs`."""
    created = dt.datetime.fromtimestamp(made.root.epoch, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    config = store.add_bytes(canonical_json(_config(rule, named, made.architecture, layers, created)))
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{TYPES}.manifest.v1+json",
        "config": _descriptor(config, "config.v1+json"),
        "layers": [_descriptor(layer.blob, "layer.v1.tar+zstd") for layer in layers],
        "annotations": {**named, f"{NAMES}.created": created, **rule.oci.annotations},
    }
    whole = store.add_bytes(canonical_json(manifest))
    blobs += [whole, config, *(layer.blob for layer in layers)]
    platform = {"architecture": made.architecture, "os": "linux", **VARIANTS.get(made.architecture, {})}
    return _descriptor(whole, "manifest.v1+json") | {"platform": platform}


def _index(
    rule: ImageRule, named: Mapping[str, str], manifests: Sequence[Described], store: Store, blobs: list[Blob]
) -> Described:
    """The descriptor of an index of manifests, from which a machine takes the one for it."""
    index = {
        "schemaVersion": 2,
        "mediaType": f"{TYPES}.index.v1+json",
        "manifests": [one | {"annotations": ZSTD} for one in manifests],
        "annotations": {**named, **rule.oci.annotations},
    }
    blobs.append(store.add_bytes(canonical_json(index)))
    return _descriptor(blobs[-1], "index.v1+json")


def _descriptor(blob: Blob, type_: str) -> Described:
    return {"mediaType": f"{TYPES}.{type_}", "digest": f"sha256:{blob.digest}", "size": blob.size}


def _config(
    rule: ImageRule, named: Mapping[str, str], architecture: str, layers: Sequence[Layer], created: str
) -> dict[str, Any]:
    config = {
        "Env": [f"{name}={value}" for name, value in sorted(rule.oci.env.items())],
        "Entrypoint": list(rule.oci.entrypoint),
        "Cmd": list(rule.oci.cmd),
        "User": rule.oci.user,
        "WorkingDir": rule.oci.working_dir,
        "Labels": {**named, **rule.oci.labels},
    }
    return {
        "architecture": architecture,
        "os": "linux",
        **VARIANTS.get(architecture, {}),
        "created": created,
        "config": {name: value for name, value in config.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.diff_id}" for layer in layers]},
        "history": [{"created": created, "created_by": "headwater", "comment": layer.origin} for layer in layers],
    }
