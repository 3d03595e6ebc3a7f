"""One repository, or one folder, with the specs of a whole distribution: Photon, CBL-Mariner, Azure Linux.

A package is a folder in it. Its archives are listed in `sources` (Azure Linux 4), in `NAME.signatures.json` (CBL-Mariner, Azure
Linux 1 to 3) or in `config.yaml` (Photon); older specs of Photon have digests inside, which `source-files` must then repeat.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from headwater.errors import Failure, Kind, fail
from headwater.origin import Origin
from headwater.upstream import sourceslist
from headwater.upstream.distgit import as_tree, find_spec
from headwater.upstream.folder import plain_folder, read_folder
from headwater.upstream.git import Clones
from headwater.upstream.hosts import Refused
from headwater.upstream.model import LooseFile, Pin, Resolution, SourceTree, Upstream
from headwater.upstream.resolve import unreadable
from headwater.upstream.sourceslist import Line

_ARCHIVE = re.compile(r"(?m)^-[ ]+archive:\s+['\"]?([^\s'\"]+)['\"]?[ ]*$")
_SHA512 = re.compile(r"(?m)^[ ]+archive_sha512sum:\s+['\"]?([0-9a-fA-F]{128})['\"]?[ ]*$")


def read_spec_tree(upstream: Upstream, resolution: Resolution, clones: Clones) -> tuple[SourceTree, tuple[Line, ...]]:
    """The package's files at a commit (or as they lie in a folder), and its list of archives. Raises Failure(SOURCE)."""
    try:
        if root := plain_folder(upstream):
            folder = read_folder(root, upstream.path)
            _check_lock(upstream, folder.commit, resolution)
        else:
            folder = clones.open(upstream.url).read_tree(resolution.commit, upstream.branch, upstream.path)
    except Refused as refusal:
        raise unreadable(upstream, refusal) from None
    spec = find_spec(folder.files, (upstream.component, upstream.name), upstream)
    member = f"{upstream.path}/{spec}"
    pin = Pin(kind=upstream.kind, name=upstream.name, digest=folder.commit, member=member, url=upstream.url, tree=folder.tree)
    return as_tree(upstream, folder.files, spec, pin, listed(folder.files, spec, upstream))


def _check_lock(upstream: Upstream, now: str, resolution: Resolution) -> None:
    if resolution.commit not in {"", now}:
        raise fail(
            Kind.SOURCE,
            f"the folder of `{upstream.component}` is not the one that its lock names",
            where=upstream.where,
            why=f"the lock has {resolution.commit[:16]}, what lies in {upstream.url}/{upstream.path} is {now[:16]}",
            hint=f"hw update {upstream.component}",
        )


def listed(files: Mapping[str, LooseFile], spec: str, upstream: Upstream) -> tuple[Line, ...] | None:
    """The archives of a package without `sources`, as lines of one; None where it has `sources`. Raises Failure(SOURCE)."""
    signatures = spec.removesuffix(".spec") + ".signatures.json"
    if sourceslist.NAME in files:
        return None
    if signatures in files:
        return tuple(line for line in _signed(files[signatures].content, signatures, upstream) if line.filename not in files)
    if "config.yaml" in files:
        return tuple(_configured(files["config.yaml"].content, upstream))
    return ()


class _Signatures(msgspec.Struct, frozen=True):
    Signatures: dict[str, str]


def _signed(content: bytes, name: str, upstream: Upstream) -> list[Line]:
    try:
        found = msgspec.json.decode(content, type=_Signatures).Signatures
    except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, or without end
        raise _unreadable(upstream, name, str(error)) from None
    return [_checked(upstream, name, filename, "SHA256", digest) for filename, digest in found.items()]


def _configured(content: bytes, upstream: Upstream) -> list[Line]:
    """Photon's lists are YAML of one shape, of which name and digest are wanted: no reader of YAML is."""
    text = content.decode(errors="replace")
    starts = [*_ARCHIVE.finditer(text)]
    lines = []
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(text)
        digest = _SHA512.search(text, start.end(), end)
        lines.append(_checked(upstream, "config.yaml", start[1], "SHA512", digest[1] if digest else ""))
    return lines


def _checked(upstream: Upstream, name: str, filename: str, hash_type: str, digest: str) -> Line:
    bad = sourceslist.bad_filename(filename)
    if not bad and not re.fullmatch(f"[0-9a-fA-F]{{{sourceslist.DIGITS[hash_type]}}}", digest):
        bad = f"`{filename}` has no {hash_type}"
    if bad:
        raise _unreadable(upstream, name, bad)
    return sourceslist.entry(filename, hash_type, digest)


def _unreadable(upstream: Upstream, name: str, why: str) -> Failure:
    place = Origin(file=f"{upstream.url}/{upstream.path}/{name}")
    return fail(Kind.SOURCE, f"`{name}` of `{upstream.component}` can not be read", where=place, why=why)
