"""A root as an OCI image layout (image-spec 1.1): zstd layers by origin, the same bytes every time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from headwater.config.images import ImageRule
from headwater.digest import canonical_json
from headwater.image.layers import Layer, layers_of
from headwater.image.model import Root
from headwater.store import Blob, Store

TYPES, NAMES = "application/vnd.oci.image", "org.opencontainers.image"


def make_oci(
    rule: ImageRule, about: Mapping[str, str], root: Root, origins: Mapping[str, str], store: Store
) -> tuple[dict[str, Blob], str]:
    """The layout's files by their path in it, and the manifest's digest (`sha256:...`).

    `about` is what the distribution says of all its images, by OCI's names of annotations (`version`, `vendor`, `url`).
    `origins` says of each package, by name, which source it was built from: each source has its own layer.
    """
    layers = layers_of(root, origins, store)
    created = dt.datetime.fromtimestamp(root.epoch, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {"title": rule.name, "description": rule.description, **about}
    named = {f"{NAMES}.{name}": text for name, text in told.items() if text}
    config = store.add_bytes(canonical_json(_config(rule, named, layers, created)))
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{TYPES}.manifest.v1+json",
        "config": _descriptor(config, "config.v1+json"),
        "layers": [_descriptor(layer.blob, "layer.v1.tar+zstd") for layer in layers],
        "annotations": {**named, f"{NAMES}.created": created, **rule.oci.annotations},
    }
    whole = store.add_bytes(canonical_json(manifest))
    listed = _descriptor(whole, "manifest.v1+json") | {
        "annotations": {f"{NAMES}.ref.name": about.get("version") or "latest"},
        "platform": {"architecture": "amd64", "os": "linux"},
    }
    index = {"schemaVersion": 2, "mediaType": f"{TYPES}.index.v1+json", "manifests": [listed]}
    files = {f"blobs/sha256/{blob.digest}": blob for blob in (whole, config, *(layer.blob for layer in layers))}
    files["index.json"] = store.add_bytes(canonical_json(index))
    files["oci-layout"] = store.add_bytes(canonical_json({"imageLayoutVersion": "1.0.0"}))
    return files, f"sha256:{whole.digest}"


def _descriptor(blob: Blob, type_: str) -> dict[str, Any]:
    return {"mediaType": f"{TYPES}.{type_}", "digest": f"sha256:{blob.digest}", "size": blob.size}


def _config(rule: ImageRule, named: Mapping[str, str], layers: Sequence[Layer], created: str) -> dict[str, Any]:
    config = {
        "Env": [f"{name}={value}" for name, value in sorted(rule.oci.env.items())],
        "Entrypoint": list(rule.oci.entrypoint),
        "Cmd": list(rule.oci.cmd),
        "User": rule.oci.user,
        "WorkingDir": rule.oci.working_dir,
        "Labels": {**named, **rule.oci.labels},
    }
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": created,
        "config": {name: value for name, value in config.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.diff_id}" for layer in layers]},
        "history": [{"created": created, "created_by": "headwater", "comment": layer.origin} for layer in layers],
    }
