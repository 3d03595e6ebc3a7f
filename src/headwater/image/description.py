"""A kiwi description as tables of ours, and everything in it that has no counterpart.

KIWI NG, "Image Description Elements", schema 8 (https://osinside.github.io/kiwi/image_description/elements.html).
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from headwater.errors import Failure, Kind
from headwater.image.markup import Element, read_markup
from headwater.suggest import unknown_name

KINDS = {"oci": "oci", "docker": "oci", "oem": "disk", "vmx": "disk", "wsl": "wsl", "appx": "wsl"}
FORMATS = {"raw": "raw", "qcow2": "qcow2", "vhd-fixed": "vhd"}
UNITS = {"": 1, "M": 1, "G": 1024}  # in MiB
SCRIPTS = ("config.sh", "config-*.sh", "pre_disk_sync.sh", "disk.sh", "images.sh", "post_bootstrap.sh", "config-overlay.sh",
           "edit_boot_*.sh", "root.tar*")  # fmt: skip
MOST = 2000  # files of an overlay
UIDS = 1000  # from here on, for users without a number


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """`images` are tables of [images]; `left` is what was not taken over, each as `PLACE: what`."""

    images: dict[str, dict[str, Any]]
    left: tuple[str, ...]


def import_kiwi(file: Path, *, name: str = "", profiles: Sequence[str] = (), base: Path) -> Imported:
    """One image for each profile (named: only these), or one for a description without; paths of files are relative to `base`.

    Errors: Failure(SOURCE) for a file that is no such description, Failure(USAGE) for a profile that it does not have.
    """
    known = [one.get("name") for whole in read_markup(file, "image").take("profiles") for one in whole.take("profile")]
    problems = [unknown_name("profile", one, known, Kind.USAGE) for one in profiles if one not in known]
    if problems:
        raise Failure(problems)
    images: dict[str, dict[str, Any]] = {}
    left: set[tuple[int, str]] = set()
    for profile in profiles or known or [""]:
        top = read_markup(file, "image")
        made = _Draft(top, profile).table()
        made |= {"files": [*made.get("files", []), *_overlay(file.parent / "root", base)]}
        title = _name(name or top.get("name") or file.stem) + (f"-{_name(profile)}" if profile and len(known) > 1 else "")
        images[title] = {key: value for key, value in made.items() if value or value == 0}
        left |= set(top.rest())
    scripts = [path.name for pattern in SCRIPTS for path in sorted(file.parent.glob(pattern))]
    told = [f"{file.name}:{line}: {what}" for line, what in sorted(left)]
    told += [f"{script}: it is not run; say its work as files, users, units and finishers" for script in scripts]
    return Imported(images=images, left=tuple(told))


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "image"


class _Draft:
    """What one profile of a description says."""

    def __init__(self, top: Element, profile: str) -> None:
        self.top, self.profiles = top, _with_required(top, profile)
        top.read |= {"name", "schemaversion"}

    def _parts(self, tag: str) -> Iterator[Element]:
        """The parts that are for this profile; those of others are no part of it, and not left out."""
        for one in self.top.take(tag):
            wanted = {word for word in one.get("profiles").split(",") if word}
            if not wanted or wanted & self.profiles:
                yield one
            else:
                one.children, one.attributes = [], {}

    def table(self) -> dict[str, Any]:
        table: dict[str, Any] = {"description": " ".join(self._about())}
        preferences = list(self._parts("preferences"))
        table |= {"kind": "oci"}
        types = [one for each in preferences for one in each.children if one.tag == "type"]
        for one in types[:1]:
            one.taken = True
            table |= _of_type(one)
        table["files"] = [made for each in preferences for made in _of_preferences(each)]
        table["packages"], table["exclude"] = self._packages()
        table["users"] = list(self._users())
        return table

    def _about(self) -> Iterator[str]:
        for one in self._parts("description"):
            one.read.add("type")
            yield from (said.text for said in one.take("specification"))

    def _packages(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Names by the type of the list; `bootstrap` and `image` differ in the moment only."""
        groups: dict[str, list[str]] = {}
        ignored: list[str] = []
        for one in self._parts("packages"):
            kind = one.attributes.get("type", "")
            if kind not in {"bootstrap", "image"}:
                one.taken = False
                continue
            one.read.add("type")
            groups.setdefault(kind, []).extend(each.get("name") for each in one.take("package") if _is_here(each))
            ignored += [each.get("name") for each in one.take("ignore")]
        why = {"bootstrap": "What kiwi put in first", "image": "What the image is for, by kiwi's list"}
        packages = [{"names": sorted(set(names)), "reason": why[kind]} for kind, names in groups.items() if names]
        excluded = [{"names": sorted(set(ignored)), "reason": "Ignored by kiwi's list"}] if ignored else []
        return packages, excluded

    def _users(self) -> Iterator[dict[str, Any]]:
        number = UIDS
        for whole in self._parts("users"):
            for one in whole.children:
                if one.tag != "user" or one.attributes.get("name") in {None, "root"}:
                    continue  # told: root is there, and whether it has a password is worth a thought
                one.taken = True
                uid = int(one.get("id")) if one.get("id").isdecimal() and len(one.get("id")) < 6 else number
                number = max(number, uid + 1)
                made: dict[str, Any] = {"name": one.get("name"), "uid": uid, "reason": "A user of the kiwi description"}
                made |= {key: one.get(key) for key in ("home", "shell") if one.get(key)}
                if one.attributes.get("pwdformat", "encrypted") == "encrypted" and one.attributes.get("password", "")[:1] in {
                    "$",
                    "!",
                    "*",
                }:
                    one.read.add("pwdformat")
                    made["password"] = one.get("password")
                groups = [word for word in one.get("groups").split(",") if word and word != made["name"]]
                yield made | ({"groups": groups} if groups else {})


def _with_required(top: Element, profile: str) -> set[str]:
    """A profile and those that it requires."""
    requires: dict[str, list[str]] = {}
    for whole in top.take("profiles"):
        for one in whole.take("profile"):
            one.read |= {"name", "description", "import"}
            requires[one.get("name")] = [each.get("profile") for each in one.take("requires")]
    found, more = {profile}, [profile]
    while more:
        fresh = set(requires.get(more.pop(), [])) - found
        found |= fresh
        more += fresh
    return found


def _is_here(package: Element) -> bool:
    """Whether a package is for this machine's architecture; of others the whole line is told."""
    here = package.attributes.get("arch", "x86_64").split(",")
    package.read |= {"arch"} if "x86_64" in here else set()
    return "x86_64" in here


def _of_type(one: Element) -> dict[str, Any]:
    kind = KINDS.get(one.attributes.get("image", ""), "")
    if not kind:
        return {}
    one.read.add("image")
    return {"kind": kind, **({"disk": _disk(one)} if kind == "disk" else {"oci": _container(one)} if kind == "oci" else {})}


def _disk(one: Element) -> dict[str, Any]:
    disk: dict[str, Any] = {"initrd": "initrd"}
    if one.attributes.get("format") in FORMATS:
        disk["formats"] = sorted({"raw", FORMATS[one.get("format")]})
    for name, usual in (("filesystem", {"ext4"}), ("firmware", {"uefi", "efi"})):
        if one.attributes.get(name) in usual:
            one.read.add(name)
    if one.attributes.get("kernelcmdline"):
        disk["command-line"] = _split(one.get("kernelcmdline"))
    for size in one.children:
        if size.tag == "size" and size.attributes.get("additive") == "true" and size.text.isdecimal() and len(size.text) < 8:
            size.taken = True
            size.read.add("additive")
            disk["free"] = int(size.text) * UNITS.get(size.get("unit"), 1)
    return disk


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is not closed
        return text.split()


def _container(one: Element) -> dict[str, Any]:
    oci: dict[str, Any] = {}
    for config in one.take("containerconfig"):
        for key, name in (("user", "user"), ("working-dir", "workingdir")):
            oci |= {key: config.get(name)} if config.get(name) else {}
        for key, tag in (("entrypoint", "entrypoint"), ("cmd", "subcommand")):
            for said in config.take(tag):
                oci[key] = [said.get("execute"), *(each.get("name") for each in said.take("argument"))]
        for key, tag, inner in (("env", "environment", "env"), ("labels", "labels", "label")):
            pairs = {each.get("name"): each.get("value") for whole in config.take(tag) for each in whole.take(inner)}
            oci |= {key: pairs} if pairs else {}
    return oci


def _of_preferences(one: Element) -> Iterator[dict[str, Any]]:
    """Settings that are a file in every image."""
    for said in one.take("timezone"):
        yield {
            "path": "/etc/localtime",
            "link": f"../usr/share/zoneinfo/{said.text}",
            "reason": "The time zone of the kiwi description",
        }
    for said in one.take("locale"):
        language = said.text.split(",")[0]
        language += "" if "." in language else ".UTF-8"
        yield {"path": "/etc/locale.conf", "content": f"LANG={language}\n", "reason": "The language of the kiwi description"}


def _overlay(folder: Path, base: Path) -> Iterator[dict[str, Any]]:
    """The files that lie in the description's `root`, by their place in it; folders come with what is in them."""
    paths: Iterable[Path] = sorted(folder.rglob("*")) if folder.is_dir() and not folder.is_symlink() else []
    for path in list(paths)[:MOST]:
        made = {"path": f"/{path.relative_to(folder)}", "reason": "From the kiwi description's overlay"}
        if path.is_symlink():
            yield made | {"link": str(path.readlink())}
        elif path.is_file():
            mode = f"{path.stat().st_mode & 0o7777:o}"
            yield made | {"source": os.path.relpath(path, base)} | ({"mode": mode} if mode != "644" else {})
