"""What is laid over a machine's /usr or /etc while it runs: system and configuration extensions (systemd-sysext(8)).

An extension is made for one image: it is solved together with that image's packages, holds what they lack, and says in its
extension-release (os-release(5)) whose it is.
"""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Iterator, Sequence

import msgspec

from headwater.config.images import ExtensionScope, ImageKind, ImageRule
from headwater.config.workshop import NamedPackages
from headwater.digest import digest_of
from headwater.errors import Failure, Kind, Problem, fail
from headwater.image.contents import Contents
from headwater.image.index import Index, complete, file_of
from headwater.image.model import Entry, Image, Root
from headwater.image.rootfs import Composed
from headwater.image.roots import keep_root, read_root
from headwater.image.solve import Chosen
from headwater.image.updates import OS_RELEASE, PLACES
from headwater.rpm.model import Rpm
from headwater.store import Store

VERSION = 1
DROPPED = ("made:skeleton", "made:sysusers", "made:identity")  # what every root has, and the machine has it already
LIBRARIES, MULTIARCH = "/usr/lib64", "/usr/lib/x86_64-linux-gnu"
LOADER = f"{MULTIARCH}/ld-linux-x86-64.so.2"
UNITS = ("/usr/lib/systemd/system/", "/etc/systemd/system/")


class Scope(msgspec.Struct, frozen=True):
    """Where an extension may put files, where its extension-release lies, and where machines look for it."""

    tops: tuple[str, ...]
    release: str
    variable: str
    folder: str
    program: str


SCOPES = {
    ExtensionScope.USR: Scope(
        ("/usr", "/opt"), "/usr/lib/extension-release.d", "SYSEXT_SCOPE", PLACES[ExtensionScope.USR], "systemd-sysext"
    ),
    ExtensionScope.ETC: Scope(
        ("/etc",), "/etc/extension-release.d", "CONFEXT_SCOPE", PLACES[ExtensionScope.ETC], "systemd-confext"
    ),
}  # fmt: skip


def solved_with(rule: ImageRule, below: Sequence[Rpm]) -> ImageRule:
    """The table for the solver: with the packages of the image that the extension is for. Other images are solved alone."""
    if rule.kind is not ImageKind.EXTENSION:
        return rule
    names = tuple(sorted({rpm.name for rpm in below}))
    reason = f"{rule.extension.of} has it"
    return msgspec.structs.replace(rule, packages=(*rule.packages, NamedPackages(names=names, reason=reason)))


def beyond(rule: ImageRule, chosen: Sequence[Chosen], below: Sequence[Rpm]) -> tuple[Chosen, ...]:
    """Of what was chosen, what the image that the extension is for does not have; of other images all.

    Errors: Failure(IMAGE) with every package that both would have in two versions.
    """
    if rule.kind is not ImageKind.EXTENSION:
        return tuple(chosen)
    there = {rpm.name: rpm for rpm in below}
    others = [
        f"`{rule.extension.of}` has {there[one.rpm.name].nevra}, `{rule.name}` {one.rpm.nevra}"
        for one in chosen
        if one.rpm.name in there and there[one.rpm.name].digest != one.rpm.digest
    ]
    if others:
        what = f"extension `{rule.name}` does not fit `{rule.extension.of}`"
        hint = f"hw image update {rule.extension.of} {rule.name}"
        raise fail(Kind.IMAGE, what, where=rule.where, why="\n".join(others), hint=hint)
    return tuple(one for one in chosen if one.rpm.name not in there)


def narrow_root(rule: ImageRule, composed: Composed, below: Image, store: Store) -> Composed:
    """The root with what an extension may hold and its extension-release; `below` is the image that it is for.

    Errors: Failure(IMAGE) with every path that is elsewhere.
    """
    under = read_root(below.index, store)
    words, found = _release_words(rule, under, composed.root, store), _is_there(under, LOADER)
    key = digest_of([VERSION, composed.index.digest, rule.name, rule.extension.scope.value, words, found])
    result = store.get("root", key)
    if result is None:
        scope, epoch = SCOPES[rule.extension.scope], composed.root.epoch
        index: Index = {entry.path: entry for entry in _inside(rule, composed.root, scope)}
        path = f"{scope.release}/extension-release.{rule.name}"
        index[path] = file_of(path, words.encode(), epoch, store, by="made:identity")
        if found:
            index = {**_found_libraries(index, epoch), **index}
        entries = tuple(one for one in complete(index, epoch).values() if one.path == "/" or _below(one.path, scope))
        root = msgspec.structs.replace(composed.root, entries=entries)
        result = store.put("root", key, {"index": keep_root(root, store)}, inputs={"root": composed.index.digest})
    blob = result.outputs["index"]
    return Composed(root=read_root(blob.digest, store), index=blob)


def _inside(rule: ImageRule, root: Root, scope: Scope) -> Iterator[Entry]:
    strangers = []
    for entry in root.entries:
        if _below(entry.path, scope):
            if entry.package not in DROPPED:
                yield entry
        elif not entry.is_directory and entry.package not in DROPPED:
            strangers.append(entry)
    if strangers:
        raise Failure(
            Problem(
                kind=Kind.IMAGE,
                what=f"extension `{rule.name}` can not hold `{entry.path}` of `{entry.package}`",
                where=rule.extension.where or rule.where,
                why=f"it is laid over {' and '.join(scope.tops)} alone",
                hint=f"[[images.{rule.name}.remove]] with its path and a reason",
            )
            for entry in strangers
        )


def _below(path: str, scope: Scope) -> bool:
    return any(path == top or path.startswith(f"{top}/") for top in scope.tops)


def _is_there(root: Root, path: str) -> bool:
    return any(entry.path == path for entry in root.entries)


def _found_libraries(index: Index, epoch: int) -> Index:
    """Links to libraries of LIBRARIES from where the machine's loader looks without its cache, which does not know them."""
    return {
        path: Entry(path=path, mode=stat.S_IFLNK | 0o777, target=f"../../lib64/{name}", mtime=epoch, package="made:loader")
        for folder, name in map(posixpath.split, index)
        if folder == LIBRARIES and ".so." in name
        for path in (f"{MULTIARCH}/{name}",)
    }


def _release_words(rule: ImageRule, under: Root, root: Root, store: Store) -> str:
    """extension-release: the distribution and version that it fits, as the image below says of itself."""
    said = next((entry for entry in under.entries if entry.path == OS_RELEASE and entry.is_file), None)
    with Contents(store) as contents:
        lines = contents.whole(said).decode(errors="replace").splitlines() if said else []
    words = [line for line in lines if line.startswith(("ID=", "VERSION_ID="))]
    if not words:
        why = f"{OS_RELEASE} there has no `ID=`"
        raise fail(Kind.IMAGE, f"image `{rule.extension.of}` does not say what it is", where=rule.where, why=why)
    words += ["ARCHITECTURE=x86-64", f"{SCOPES[rule.extension.scope].variable}=system"]
    if any(entry.path.startswith(UNITS) for entry in root.entries):
        words.append("EXTENSION_RELOAD_MANAGER=1")
    return "".join(f"{word}\n" for word in words)


def laying_over(rule: ImageRule, drive: str) -> str:
    """A line for `sh` on a machine that has the extension as a drive: puts it into its folder and lays it over the machine."""
    scope = SCOPES[rule.extension.scope]
    file = f"{scope.folder}/{rule.name}.raw"
    return f"mkdir -p {scope.folder} && cat {drive} > {file} && {scope.program} refresh"
