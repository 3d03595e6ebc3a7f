"""What single overlays must and must not say, kind by kind (docs/reference/format, "Overlays")."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from headwater.config import overlays as o
from headwater.config import values
from headwater.config.findings import Findings, did_you_mean
from headwater.config.ground import key_of

CATEGORIES = (
    "upstream-backport",
    "azl-pruning",
    "azl-compatibility",
    "azl-temp-workaround",
    "azl-branding-policy",
    "azl-disable-flaky-tests",
    "azl-disable-unsupported-tests",
    "azl-security-compliance",
    "azl-release-management",
    "azl-platform-adaptation",
)
STATUSES = ("upstreamed", "upstreamable", "needs-upstream-hook", "inapplicable", "unknown")
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.zst", ".tzst")


def every_overlay(overlay: Any, findings: Findings) -> None:
    """Keys that mean the same in every kind that has them."""
    kind = type(overlay)
    if hasattr(overlay, "section"):
        _want(overlay, "section", _bad_section(overlay.section, needed=kind is o.SpecRemoveSection), findings)
    if hasattr(overlay, "regex"):
        _want(overlay, "regex", values.bad_regex(overlay.regex), findings)
    if hasattr(overlay, "file") and kind is not o.PatchAdd:
        _want(overlay, "file", values.bad_relative(overlay.file), findings)
    if hasattr(overlay, "source"):
        if overlay.source and not Path(overlay.source).is_file():
            what, why = f"`source` of `{key_of(overlay)}` is not there", f"nothing is at `{overlay.source}`"
            findings.blame(overlay, "source", what, why=why, hint=f"ls {Path(overlay.source).parent}")
        elif not overlay.source:
            _want(overlay, "source", "it is empty", findings)


def tag_overlay(overlay: Any, findings: Findings) -> None:
    _want(overlay, "tag", _bad_tag(overlay.tag), findings)
    if overlay.value or not isinstance(overlay, o.SpecRemoveTag):
        _want(overlay, "value", values.bad_line(overlay.value), findings)


def line_overlay(overlay: Any, findings: Findings) -> None:
    if not overlay.lines:
        _want(overlay, "lines", "it is empty", findings)


def addressed_overlay(overlay: Any, findings: Findings) -> None:
    """A package names one of several sections, so it says nothing without one."""
    if overlay.package and not overlay.section:
        _want(overlay, "package", "`package` chooses among sections, and there is no `section`", findings)


def subpackage_overlay(overlay: o.SpecRemoveSubpackage, findings: Findings) -> None:
    _want(overlay, "package", values.bad_word(overlay.package), findings)


def patch_add(overlay: o.PatchAdd, findings: Findings) -> None:
    if overlay.file:
        _want(overlay, "file", values.bad_file_name(overlay.file), findings)


def rename(overlay: o.FileRename, findings: Findings) -> None:
    _want(overlay, "replacement", values.bad_file_name(overlay.replacement), findings)


def in_archive(overlay: Any, findings: Findings) -> None:
    if overlay.archive and not overlay.archive.endswith(ARCHIVES):
        _want(overlay, "archive", f"the name ends in none of {', '.join(ARCHIVES)}", findings)


def metadata(data: o.Metadata, findings: Findings) -> None:
    for key, value, known in (
        ("category", data.category, CATEGORIES),
        ("upstream-status", data.upstream_status, STATUSES),
    ):
        if value not in known:
            findings.blame(data, key, f"`{value}` is no {key}", hint=did_you_mean(value, known))
    if data.category == "upstream-backport":
        if not data.commits:
            findings.blame(
                data, "category", "an `upstream-backport` names no commit", hint='commits = [{ url = "https://..." }]'
            )
        if data.upstream_status in STATUSES[2:]:
            why = f"`upstream-status` is `{data.upstream_status}`, expected `upstreamed` or `upstreamable`"
            findings.blame(data, "upstream-status", "an `upstream-backport` that upstream does not have", why=why)


def link(data: o.Link, findings: Findings) -> None:
    if bad := values.bad_uri(data.url):
        findings.blame(data, "url", f"`{data.url}` is no address", why=bad)


def _bad_section(section: str, *, needed: bool) -> str:
    if not section:
        return "it is empty" if needed else ""
    return "" if re.fullmatch(r"%[A-Za-z_]+", section) else "expected a section such as `%build`"


def _bad_tag(tag: str) -> str:
    return values.bad_word(tag) or ("a tag is named without its colon" if ":" in tag.removeprefix("%{?") else "")


def _want(overlay: o.OverlayBase, key: str, bad: str, findings: Findings) -> None:
    findings.expect(overlay, key, bad, f"`{key}` of `{key_of(overlay)}` is not usable")


TAGS = (o.SpecAddTag, o.SpecInsertTag, o.SpecSetTag, o.SpecUpdateTag, o.SpecRemoveTag)
CHECKS: list[tuple[tuple[type, ...], Callable[[Any, Findings], None]]] = [
    ((o.OverlayBase,), every_overlay),
    (TAGS, tag_overlay),
    ((o.SpecPrependLines, o.SpecAppendLines, o.FilePrependLines), line_overlay),
    ((o.SpecPrependLines, o.SpecAppendLines, o.SpecSearchReplace), addressed_overlay),
    ((o.SpecRemoveSubpackage,), subpackage_overlay),
    ((o.PatchAdd,), patch_add),
    ((o.FileRename,), rename),
    ((o.FileRemove, o.FileSearchReplace), in_archive),
    ((o.Metadata,), metadata),
    ((o.Link,), link),
]
