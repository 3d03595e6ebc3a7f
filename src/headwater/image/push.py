"""Sends a container image to a registry, as the bytes that were composed, and what refers to it along."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import msgspec

from headwater.digest import canonical_json, digest_bytes
from headwater.errors import Kind, fail
from headwater.image.model import Artefact, Image
from headwater.image.skopeo import Registry
from headwater.progress import step
from headwater.store import Store
from headwater.toolbox.model import Toolbox

# github.com/distribution/reference, without a digest: that follows from the image
REFERENCE = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?/[a-z0-9]+(?:(?:[._]|__|-+|/)[a-z0-9]+)*)"
    r"(?P<tag>:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
)
MOST = 4 << 20  # bytes of a manifest (distribution-spec 1.1)


def push(image: Image, to: str, toolbox: Toolbox, *, insecure: bool = False) -> str:
    """Copy an image to `HOST[:PORT]/NAME[:TAG]`; returns `HOST/NAME@sha256:...`, read back from the registry.

    Passwords are those of `podman login`, `docker login` or `$REGISTRY_AUTH_FILE` (containers-auth.json(5)). `insecure` takes
    plain HTTP and unknown certificates. A registry shows the tag only when all layers arrived, so a cut leaves the old image.
    Errors: Failure(USAGE) for what is no reference or no container image, Failure(TOOL) for what the registry says.
    """
    oci, name = _layout(image), name_of(to)
    registry = Registry(name=name, insecure=insecure, toolbox=toolbox)
    with step("push", image.name, reason=to):
        registry.send(oci.path, to.removeprefix(name).removeprefix(":") or "latest")
        if not registry.manifest(f"@{oci.digest}"):
            raise fail(
                Kind.TOOL,
                f"`{to}` was sent, and the registry does not have it",
                why=f"looked for {oci.digest}",
                hint="push again",
            )
    return f"{name}@{oci.digest}"


def push_referrers(layout: Path, to: str, toolbox: Toolbox, store: Store, *, insecure: bool = False) -> None:
    """Copy a layout of referrers to the registry, each under its name as a tag; those of others that are there stay.

    Errors: Failure(TOOL) for what the registry says.
    """
    registry = Registry(name=name_of(to), insecure=insecure, toolbox=toolbox)
    named = msgspec.json.decode((layout / "index.json").read_bytes())["manifests"]
    for one in named:
        tag = one["annotations"]["org.opencontainers.image.ref.name"]
        with step("push", tag[:20], reason="refers to the image"), store.scratch("referrers") as work:
            ours = work / "ours"
            shutil.copytree(layout, ours)
            _join_others(ours, one, tag, registry, work / "theirs")
            registry.send(ours, tag, tag)


def name_of(to: str) -> str:
    """A reference without its tag."""
    found = REFERENCE.fullmatch(to)
    if not found:
        what, why = f"`{to}` is no place in a registry", "expected HOST[:PORT]/NAME[:TAG]"
        raise fail(Kind.USAGE, what, why=why, hint="localhost:5000/NAME")
    return found["name"]


def _layout(image: Image) -> Artefact:
    for artefact in image.artefacts:
        if artefact.format == "oci":
            return artefact
    why = f"it is of kind `{image.kind}`"
    raise fail(Kind.USAGE, f"image `{image.name}` is no container image", why=why, hint="hw image list")


def _join_others(layout: Path, one: dict[str, Any], tag: str, registry: Registry, theirs: Path) -> None:
    """Where a tag has referrers or signatures of others already, name them with ours in what will replace it."""
    known = registry.manifest(f":{tag}")
    if not known or len(known) > MOST or f"sha256:{digest_bytes(known)}" == one["digest"]:
        return
    theirs.mkdir()
    registry.fetch(theirs, tag)
    shutil.copytree(theirs / "blobs", layout / "blobs", dirs_exist_ok=True)
    mine = msgspec.json.decode((layout / "blobs" / one["digest"].replace(":", "/")).read_bytes())
    joined = canonical_json(join(msgspec.json.decode(known), mine))
    digest = digest_bytes(joined)
    (layout / "blobs" / "sha256" / digest).write_bytes(joined)
    named = {**one, "digest": f"sha256:{digest}", "size": len(joined)}
    (layout / "index.json").write_bytes(canonical_json({"schemaVersion": 2, "manifests": [named]}))


def join(known: dict[str, Any], mine: dict[str, Any]) -> dict[str, Any]:
    """Two lists of referrers as one, or two manifests of signatures; what both have is there once, `mine` last."""
    part = "manifests" if "manifests" in mine else "layers"
    others = [one for one in known.get(part, ()) if one not in mine[part]]
    return {**mine, part: [*others, *mine[part]]}
