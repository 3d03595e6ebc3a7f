"""Writes the spec file that packs the entries of one .deb: nothing in it is expanded that came from outside."""

from __future__ import annotations

from collections.abc import Iterable

from headwater.bridge import control, licence, names, versions
from headwater.bridge.fixup import Mended
from headwater.bridge.model import Contents, Entry, EntryKind, Evr, Relation
from headwater.config.workshop import MACHINES

VENDOR = "Debian, bridged by Headwater"
FIRST = 2_000_000  # the usual priority is 1,000,000
ARCHITECTURES = {**MACHINES, "all": "noarch"}


def write_spec(contents: Contents, mended: Mended, stage: str, excluded: frozenset[str]) -> str:
    """The spec's text; `stage` is the folder in the sandbox that holds the files."""
    fields = contents.fields
    source, source_version = control.source(fields)
    origin, evr = versions.to_evr(source_version), versions.to_evr(fields["version"])
    summary, text = control.description(fields)
    texts = [line for path, line in contents.texts.items() if path.endswith("/copyright")]
    common = [f"Summary: {escape(summary or contents.deb.name)}", f"License: {licence.to_spdx(texts[0] if texts else '')}"]
    head = [
        f'%{{lua:posix.setenv("SOURCE_DATE_EPOCH", "{newest(mended)}")}}',
        f"Name: {source}",
        *_evr(origin if source != contents.deb.name else evr),
        *common,
        f"Vendor: {VENDOR}",
        "AutoReq: no",
    ]
    own = [
        *([f"URL: {escape(fields['homepage'])}"] if fields.get("homepage", "").startswith("http") else []),
        *(["BuildArch: noarch"] if contents.deb.arch == "all" else []),
        *dependencies(contents, mended, excluded),
    ]
    told = f"Bridged from {contents.deb.name}, version {fields['version']}, SHA-256\n{contents.deb.sha256}."
    prose = [*_prose(text), "", *_prose(told)]
    if source != contents.deb.name:
        head += ["%description", "Not built.", f"%package -n {contents.deb.name}", *_evr(evr), *common, *own, "AutoReq: no"]
        head += [f"%description -n {contents.deb.name}", *prose]
    else:
        head += [*own, "%description", *prose]
    install = ["%install", 'rm -rf "$RPM_BUILD_ROOT"', f'mv {stage} "$RPM_BUILD_ROOT"']
    files = [f"%files -n {contents.deb.name}", *(_file(entry) for entry in mended.entries.values())]
    return "\n".join([*head, "", *install, "", *_triggers(contents.deb.name, mended), *files, ""])


def _triggers(name: str, mended: Mended) -> Iterable[str]:
    """File triggers (rpm-file-triggers(7)) that run once at the end of a transaction, before those of usual priority.

    rpm's own Lua starts the program: by itself it would be handed counts of packages as arguments.
    """
    for trigger in mended.triggers:
        for moment in ("transfiletriggerin", "transfiletriggerpostun"):
            yield f"%{moment} -n {name} -P {FIRST} -p <lua> -- {' '.join(trigger.below)}"
            yield f'assert(rpm.execute("{trigger.program}"))'
        yield ""


def newest(mended: Mended) -> int:
    """Seconds of the newest entry: when the package was made, as far as it says."""
    return max((entry.mtime for entry in mended.entries.values()), default=0) or 1


def dependencies(contents: Contents, mended: Mended, excluded: frozenset[str]) -> list[str]:
    """Provides, Requires and Conflicts as lines of a spec. Excluded names are no alternatives; none left: nothing asked."""
    fields, evr = contents.fields, versions.to_evr(contents.fields["version"])
    requires = [group for field in ("pre-depends", "depends") for group in versions.parse_relations(fields.get(field, ""))]
    left = [versions.without(group, excluded | mended.drop_requires) for group in requires]
    kept = [versions.to_requirement(group) for group in left if group]
    provides = [versions.to_provide(group[0]) for group in versions.parse_relations(fields.get("provides", ""))]
    provides += names.provided(mended.entries, contents.texts)
    provides += [_versioned(word, evr) for word in mended.provides]
    provides.append(f"headwater(deb) = {contents.deb.sha256}")
    conflicts = [group for field in ("conflicts", "breaks") for group in versions.parse_relations(fields.get(field, ""))]
    told = [versions.to_conflict(group) for group in conflicts if not _names(group) & mended.drop_conflicts]
    return [
        *(f"Provides: {word}" for word in dict.fromkeys(provides)),
        *(f"Requires: {escape(word)}" for word in dict.fromkeys([*kept, *mended.requires])),
        *(f"Conflicts: {word}" for word in dict.fromkeys(told) if word),
    ]


def escape(text: str) -> str:
    return " ".join(text.replace("%", "%%").split())


def _evr(evr: Evr) -> Iterable[str]:
    epoch = [f"Epoch: {evr.epoch}"] if evr.epoch else []
    return [*epoch, f"Version: {evr.version}", f"Release: {evr.release}"]


def _names(group: Iterable[Relation]) -> set[str]:
    return {relation.name for relation in group}


def _versioned(word: str, evr: Evr) -> str:
    """Fedora's names have Debian's version, without the epoch that Fedora does not have."""
    return word if " " in word or word.startswith("/") or "(" in word else f"{word} = {evr.version}-{evr.release}"


def _prose(text: str) -> list[str]:
    """Lines of a description; none of them begins like a section of a spec."""
    lines = [line.rstrip().replace("%", "%%") for line in text.splitlines()]
    return [f" {line}" if line.startswith("%%") else line for line in lines]


def _file(entry: Entry) -> str:
    words = [f"%attr({entry.mode:04o}, {entry.user}, {entry.group})"]
    match entry.kind:
        case EntryKind.DIRECTORY:
            words.append("%dir")
        case EntryKind.LINK:
            words = [f"%attr(-, {entry.user}, {entry.group})"]
        case _:
            words += ["%config(noreplace)"] if entry.config else []
            words += ["%license"] if entry.path.startswith("/usr/share/doc/") and entry.path.endswith("/copyright") else []
            words += [f"%caps({entry.capabilities})"] if entry.capabilities else []
    return " ".join([*words, _quoted(entry.path)])


def _quoted(path: str) -> str:
    """The path for %files: between quotes rpm takes it as it is, but for macros, backslash and quote; globs mean nothing."""
    for char, said in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%")):
        path = path.replace(char, said)
    return f'"{path}"'
