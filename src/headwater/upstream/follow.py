"""From a component's words to an address: distribution, version, branch, repository."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime

from headwater.config.model import Component, Distro, DistroRef, DistroVersion, SpecType
from headwater.errors import Failure, Kind, fail
from headwater.upstream.address import check_branch, check_url, fill
from headwater.upstream.hosts import Refused
from headwater.upstream.model import Upstream


def follow(component: Component, distros: Mapping[str, Distro], default: DistroRef | None = None) -> Upstream:
    """Where a component of spec.type `upstream` comes from: its `upstream-distro`, else `default`. Raises Failure(CONFIG)."""
    ref = component.spec.upstream_distro or default
    distro, version = find_version(component, ref, distros)
    name = component.spec.upstream_name or component.name
    try:
        kind, url, path = _place(distro, name)
        branch = check_branch(version.dist_git_branch) if version.dist_git_branch or kind == "dist-git" else ""
    except Refused as refusal:
        raise _wrong(component, str(refusal)) from None
    assert ref, "a version was found by it"
    return Upstream(
        component=component.name,
        kind=kind,
        name=name,
        url=url,
        branch=branch,
        path=path,
        commit=_commit(component),
        snapshot=_snapshot(component),
        resolution=resolution_hash(component, ref, distro, version),
        where=component.spec.where or component.where,
    )


def told(component: Component, default: DistroRef | None = None) -> str:
    """Where a component comes from, in few words for a table."""
    spec = component.spec
    match spec.type:
        case SpecType.ARCHIVE:
            return f"archive {spec.archive}"
        case SpecType.UPSTREAM:
            ref = spec.upstream_distro or default
            distro = f"{ref.name} {ref.version}".strip() if ref else "an upstream"
            name = f", {spec.upstream_name}" if spec.upstream_name else ""
            commit = f" at {spec.upstream_commit[:12]}" if spec.upstream_commit else ""
            return f"{distro}{name}{commit}"
        case _:
            return "spec of ours"


def find_version(component: Component, ref: DistroRef | None, distros: Mapping[str, Distro]) -> tuple[Distro, DistroVersion]:
    """The distribution that a reference means, and its version or default version. Raises Failure(CONFIG)."""
    distro = distros.get(ref.name) if ref else None
    if not ref or not distro:
        raise _wrong(component, f"found {f'`{ref.name}`' if ref else 'no reference'}; there is {_listed(distros)}")
    wanted = ref.version or distro.default_version
    if wanted not in distro.versions:
        raise _wrong(component, f"`{ref.name}` has no version `{wanted}`; there is {_listed(distro.versions)}")
    return distro, distro.versions[wanted]


def resolution_hash(component: Component, ref: DistroRef, distro: Distro, version: DistroVersion) -> str:
    """All that decides which commit it is as one digest, byte for byte azldev's (`resolution-input-hash` of a lock).

    A spec-tree, which azldev does not know, stands with its address and path in the place of the dist-git's.
    """
    spec = component.spec
    fields = {
        "snapshot": spec.upstream_distro.snapshot if spec.upstream_distro else "",
        "distro_name": ref.name,
        "distro_version": ref.version,
        "dist_git_branch": version.dist_git_branch,
        "dist_git_base_uri": distro.dist_git_base_uri or f"{distro.spec_tree_uri}#{distro.spec_tree_path}",
        "upstream_commit_pin": spec.upstream_commit,
        "upstream_name": spec.upstream_name,
    }
    text = "".join(f"{len(key)}:{key}={len(value.encode())}:{value}\n" for key, value in fields.items())
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _place(distro: Distro, name: str) -> tuple[str, str, str]:
    """Kind, address and folder. Raises Refused."""
    if distro.dist_git_base_uri:
        return "dist-git", check_url(fill(distro.dist_git_base_uri, pkg=name)), ""
    if not distro.spec_tree_uri:
        raise Refused("its distribution has neither `dist-git-base-uri` nor `spec-tree-uri`")
    uri = f"file://{distro.spec_tree_uri}" if distro.spec_tree_uri.startswith("/") else distro.spec_tree_uri
    path = distro.spec_tree_path.replace("$pkg", name).replace("$first", name[:1].lower()).strip("/")
    if "$" in name or any(part in {"", ".", ".."} for part in path.split("/")) or not path.isprintable():
        raise Refused(f"`{path}` is no folder of a tree of specs")
    return "spec-tree", check_url(uri), path


def _commit(component: Component) -> str:
    if component.spec.upstream_commit and not re.fullmatch(r"[0-9a-fA-F]{7,64}", component.spec.upstream_commit):
        raise _wrong(component, f"`{component.spec.upstream_commit}` is no commit: 7 to 40 hexadecimal digits")
    return component.spec.upstream_commit


def _snapshot(component: Component) -> str:
    text = component.spec.upstream_distro.snapshot if component.spec.upstream_distro else ""
    try:
        if text and datetime.fromisoformat(text).tzinfo is None:
            raise _wrong(component, f"the snapshot `{text}` has no offset from UTC, such as `Z`")
    except ValueError:
        raise _wrong(component, f"the snapshot `{text}` is no moment as of RFC 3339") from None
    return text


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"


def _wrong(component: Component, why: str) -> Failure:
    return fail(
        Kind.CONFIG,
        f"it is unclear where `{component.name}` comes from",
        where=component.spec.where or component.where,
        why=why,
        hint=f"hw show {component.name}",
    )
