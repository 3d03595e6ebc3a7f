"""What single components and their sources must and must not say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from headwater.config import model as m
from headwater.config import overlays as o
from headwater.config import values
from headwater.config.dialect import Dialect
from headwater.config.findings import Findings, did_you_mean
from headwater.config.ground import key_of

DIGESTS = {"SHA512": 128, "SHA256": 64}  # hexadecimal digits
CALCULATIONS = ("auto", "autorelease", "static", "manual")
LOOSE = (o.FilePrependLines, o.FileSearchReplace, o.FileAdd, o.FileRemove, o.FileRename)
PACKED = (o.FileSearchReplace, o.FileRemove)


def component(rule: m.Component, dialect: Dialect, findings: Findings, *, whole: bool) -> None:
    """Rules between the parts of a component with all its layers.

    Where a part could not be read (`whole` is false), nothing is said to be missing: it may be that part.
    """
    _spec(rule, dialect, findings, whole=whole)
    if rule.strict():
        for overlay in rule.overlays:
            _described(overlay, findings)
    for source in rule.source_files:
        _digest(source, findings, dialect)
    _filenames(rule.source_files, findings)
    inside = {overlay.archive: overlay for overlay in rule.overlays if isinstance(overlay, PACKED) and overlay.archive}
    _loose(rule, set(inside), findings)
    if whole:
        _archives(rule, inside, findings)


def spec(rule: m.SpecSource, findings: Findings) -> None:
    if rule.member:
        findings.expect(rule, "member", values.bad_relative(rule.member), f"`{rule.member}` is no path inside an archive")


def source_file(rule: m.SourceFile, findings: Findings) -> None:
    name = f"`{rule.filename}`"
    findings.expect(rule, "filename", values.bad_file_name(rule.filename), f"{name} is no file name")
    if not rule.origin and not rule.origins:
        findings.blame(rule, "", f"{name} has no origin", hint='origin = { type = "download", uri = "https://..." }')
    if rule.replace_upstream != bool(rule.replace_reason.strip()):
        missing = "replace-reason" if rule.replace_upstream else "replace-upstream"
        findings.blame(rule, "replace-upstream", f"`{missing}` is missing for {name}", why="the two come together")
    if isinstance(rule.origin, m.OverlayOrigin) and not rule.replace_upstream:
        findings.blame(rule, "origin", f"{name} of origin `overlay` replaces nothing", hint="replace-upstream = true")


def custom(rule: m.Custom, findings: Findings) -> None:
    if not Path(rule.script).is_file():
        why, hint = f"nothing is at `{rule.script}`", _look_beside(rule.script)
        findings.blame(rule, "script", "the script is not there", why=why, hint=hint)
    for name in rule.inputs:
        findings.expect(rule, "inputs", values.bad_file_name(name), f"`{name}` is no file name")


def distro_ref(rule: m.DistroRef, findings: Findings) -> None:
    if rule.snapshot:
        findings.expect(rule, "snapshot", values.bad_moment(rule.snapshot), f"`{rule.snapshot}` is no moment")


def upstream(rule: m.Component, distros: Mapping[str, m.Distro], findings: Findings) -> None:
    """The distribution that a component comes from is there, with that version."""
    chosen = rule.spec.upstream_distro
    if rule.spec.type is not m.SpecType.UPSTREAM or not chosen:
        return
    distro = distros.get(chosen.name)
    if not distro:
        hint = did_you_mean(chosen.name, distros)
        findings.blame(chosen, "name", f"no distribution is called `{chosen.name}`", hint=hint)
    elif (version := chosen.version or distro.default_version) not in distro.versions:
        hint = did_you_mean(version, distro.versions)
        findings.blame(chosen, "version", f"`{chosen.name}` has no version `{version}`", hint=hint)


def release(rule: m.ReleaseRule, findings: Findings) -> None:
    if rule.calculation not in CALCULATIONS:
        hint = did_you_mean(rule.calculation, CALCULATIONS)
        findings.blame(rule, "calculation", f"`{rule.calculation}` is no way to calculate a release", hint=hint)


def publish(rule: m.PublishRule, findings: Findings) -> None:
    for key, channel in (
        ("rpm-channel", rule.rpm_channel),
        ("srpm-channel", rule.srpm_channel),
        ("debuginfo-channel", rule.debuginfo_channel),
        ("channel", rule.channel),
    ):
        findings.expect(rule, key, values.bad_channel(channel), f"`{channel}` is no channel")


def download(rule: m.Download, findings: Findings) -> None:
    findings.expect(rule, "uri", values.bad_uri(rule.uri), f"`{rule.uri}` is no address")


def debian_pool(rule: m.DebianPool, findings: Findings) -> None:
    bad = values.bad_relative(rule.path)
    if not bad and not rule.path.removeprefix("pool/").startswith("main/"):
        bad = "expected a path that begins with `main/`"
    findings.expect(rule, "path", bad, f"`{rule.path}` is no path in the pool")


def package_index(rule: m.PyPI, findings: Findings) -> None:
    findings.expect(rule, "project", values.bad_name(rule.project), f"`{rule.project}` is no project")


def _described(overlay: o.OverlayBase, findings: Findings) -> None:
    if not overlay.description.strip():
        why = "a deviation from upstream says why it is there"
        findings.blame(overlay, "description", f"`{key_of(overlay)}` has no description", why=why, hint='description = "..."')


def _spec(rule: m.Component, dialect: Dialect, findings: Findings, *, whole: bool) -> None:
    source = rule.spec
    match source.type:
        case m.SpecType.ARCHIVE:
            _only("archive", source, findings, "archive", "member")
            if whole:
                _spec_archive(rule, findings)
        case m.SpecType.UPSTREAM:
            _only("upstream", source, findings, "upstream_distro", "upstream_name", "upstream_commit")
            if whole and not source.upstream_distro:
                where = findings.place(source) or rule.where
                hint = 'spec.upstream-distro = { name = "...", version = "..." }'
                findings.add(where, f"`{rule.name}` names no distribution that it comes from", hint=hint)
            if source.upstream_commit and not re.fullmatch(r"[0-9a-fA-F]{7,40}", source.upstream_commit):
                what = f"`{source.upstream_commit}` is no commit"
                findings.blame(source, "upstream-commit", what, why="expected 7 to 40 hexadecimal digits")
        case m.SpecType.LOCAL | m.SpecType.UNSET:
            _only("local", source, findings, "path", "upstream_distro")
            if dialect.azldev and not source.path and source.type is m.SpecType.UNSET:
                return  # azldev tells when somebody wants the component
            if source.path and not Path(source.path).is_file():
                what = f"the spec of `{rule.name}` is not there"
                findings.blame(source, "path", what, why=f"nothing is at `{source.path}`", hint=_look_beside(source.path))
            elif not source.path and whole:
                where = findings.place(source) or rule.where
                findings.add(where, f"`{rule.name}` has no spec", hint='spec = { type = "local", path = "..." }')


def _spec_archive(rule: m.Component, findings: Findings) -> None:
    names, wanted = [source.filename for source in rule.source_files], rule.spec.archive
    if not names:
        what = f"`{rule.name}` has no archive that could hold its spec"
        findings.blame(rule.spec, "type", what, hint=f"[[components.{rule.name}.source-files]]")
    elif wanted and wanted not in names:
        findings.blame(rule.spec, "archive", _unknown(wanted, rule), hint=did_you_mean(wanted, names))


def _filenames(sources: Iterable[m.SourceFile], findings: Findings) -> None:
    seen: dict[str, m.SourceFile] = {}
    for source in sources:
        if (first := seen.setdefault(source.filename, source)) is not source:
            findings.blame(source, "filename", f"`{source.filename}` is declared twice", why=f"first at {first.where}")


def _loose(rule: m.Component, inside: set[str], findings: Findings) -> None:
    for overlay in rule.overlays:
        if not isinstance(overlay, LOOSE) or (isinstance(overlay, PACKED) and overlay.archive):
            continue
        for archive in sorted(name for name in inside if fnmatchcase(name, overlay.file)):
            why = "an overlay with `archive` changes it inside; one of the two would be lost"
            findings.blame(overlay, "file", f"`{archive}` is changed as a loose file, too", why=why)


def _archives(rule: m.Component, inside: Mapping[str, o.OverlayBase], findings: Findings) -> None:
    names = [source.filename for source in rule.source_files]
    for archive, overlay in inside.items():
        if archive not in names:
            findings.blame(overlay, "archive", _unknown(archive, rule), hint=did_you_mean(archive, names))
    for source in rule.source_files:
        if isinstance(source.origin, m.OverlayOrigin) and source.filename not in inside:
            why = f'no overlay has `archive = "{source.filename}"`'
            findings.blame(source, "origin", f"`{source.filename}` of origin `overlay` is made by no overlay", why=why)


def _unknown(filename: str, rule: m.Component) -> str:
    return f"`{filename}` is no source file of `{rule.name}`"


def _digest(rule: m.SourceFile, findings: Findings, dialect: Dialect) -> None:
    """Files are accepted by their digest: ours by SHA-512 only, azldev's also by SHA-256."""
    kinds = DIGESTS if dialect.azldev else {"SHA512": DIGESTS["SHA512"]}
    if not rule.hash and not rule.hash_type and (dialect.azldev or isinstance(rule.origin, m.OverlayOrigin)):
        return  # azldev takes files without a digest where it is told to, so it tells later
    if not rule.hash:
        what, why = f"`{rule.filename}` has no hash", "files are accepted by digest only"
        findings.blame(rule, "hash", what, why=why, hint=rule.how_to_hash())
    elif rule.hash_type not in kinds:
        why = f"found `{rule.hash_type}`, expected " + " or ".join(f"`{each}`" for each in kinds)
        what = f"`{rule.filename}` has no digest to accept it by"
        findings.blame(rule, "hash-type", what, why=why, hint=rule.how_to_hash())
    else:
        digits = kinds[rule.hash_type]
        bad = values.bad_digest(rule.hash.lower(), digits)
        findings.expect(rule, "hash", bad, f"the hash of `{rule.filename}` is no {rule.hash_type}")


def _look_beside(path: str) -> str:
    return f"ls {Path(path).parent}"


def _only(kind: str, rule: m.SpecSource, findings: Findings, *mine: str) -> None:
    """Keys that mean nothing for this kind of spec are not there."""
    for field in ("path", "archive", "member", "upstream_name", "upstream_commit"):
        key = field.replace("_", "-")
        if getattr(rule, field) and field not in mine:
            findings.blame(rule, key, f"`spec.{key}` has no meaning where spec.type is `{kind}`", hint="remove it")


CHECKS: list[tuple[tuple[type, ...], Callable[[Any, Findings], None]]] = [
    ((m.SpecSource,), spec),
    ((m.SourceFile,), source_file),
    ((m.Custom,), custom),
    ((m.DistroRef,), distro_ref),
    ((m.ReleaseRule,), release),
    ((m.PublishRule,), publish),
    ((m.Download,), download),
    ((m.DebianPool,), debian_pool),
    ((m.PyPI,), package_index),
]
