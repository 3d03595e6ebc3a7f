"""Lint finds what it should and nothing else; what it offers instead does the same."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from headwater.config.overlays import (
    FileAdd,
    FileRemove,
    Link,
    Metadata,
    Overlay,
    PatchAdd,
    SpecAddTag,
    SpecAppendLines,
    SpecRemoveTag,
    SpecSearchReplace,
    SpecSetTag,
    SpecUpdateTag,
)
from headwater.origin import Origin
from headwater.overlay import apply
from headwater.overlay.lint import RULES, Finding, lint
from headwater.store import Store
from headwater.upstream.model import LooseFile, Pin, SourceTree

ROOT = Path(__file__).parents[3]
WHY = "Upstream's archive has moved to another host"
SPEC = """\
Name:           brook
Version:        1.0
Release:        1%{?dist}
License:        MIT
BuildRequires:  gcc

%description
Flows.

%prep
%autosetup -p1

%build
make

%check
make check
"""
PLAIN = SPEC.replace("%autosetup -p1", "%setup -q")


class NoStore(Store):
    def __init__(self) -> None:
        """Nothing here is in an archive."""


def tree(text: str = SPEC) -> SourceTree:
    pin = Pin(kind="local", name="brook", digest="")
    return SourceTree(component="brook", spec="brook.spec", files={"brook.spec": LooseFile(content=text.encode())}, pin=pin)


def placed(*overlays: Overlay, key: str = "components.brook.overlays") -> list[Any]:
    """Each at its own line, and with a reason unless it has one."""
    return [
        msgspec.structs.replace(
            one, where=Origin(file="brook.toml", line=line, key=f"{key}[{line - 1}]"), description=one.description or WHY
        )
        for line, one in enumerate(overlays, 1)
    ]


def told(found: tuple[Finding, ...]) -> list[tuple[str, int]]:
    assert {finding.rule for finding in found} <= set(RULES)
    assert all(finding.message and finding.component == "brook" for finding in found)
    return [(finding.rule, finding.where.line) for finding in found]


@pytest.mark.parametrize("strict", [True, False])
def test_good_overlays_have_no_findings(tmp_path: Path, strict) -> None:
    (tmp_path / "deep.patch").write_text("-\n")
    overlays = placed(
        SpecUpdateTag(tag="Version", value="1.1"),
        SpecAddTag(tag="BuildRequires", value="make"),
        SpecSearchReplace(regex="^make$", replacement="make -j1", section="%build"),
        PatchAdd(source=str(tmp_path / "deep.patch")),
    )
    assert lint("brook", overlays, tree(), NoStore(), strict=strict) == ()


@pytest.mark.parametrize(
    "said", ["", "  ", "TODO: why", "fixme later", "Update Version", "Fix build", "set the Version to 1.1"]
)
def test_a_reason_that_is_none(said: str) -> None:
    where = Origin(file="brook.toml", line=1)
    overlay = SpecUpdateTag(tag="Version", value="1.1", description=said, where=where)
    assert told(lint("brook", [overlay], None, NoStore())) == [("no-reason", 1)]


@pytest.mark.parametrize(
    "url", ["12345", "rhbz#1", "http://", "ftp://example.org/1", "https://exam ple.org", "see https://a.b"]
)
def test_a_link_that_leads_nowhere(url: str) -> None:
    for links in ({"commits": (Link(url=url),)}, {"bugs": (Link(url=url),)}):
        metadata = Metadata(category="upstream-backport", upstream_status="upstreamed", **links)
        [overlay] = placed(SpecUpdateTag(tag="Version", value="1.1", metadata=metadata))
        assert told(lint("brook", [overlay], None, NoStore())) == [("bad-link", 1)]


@pytest.mark.parametrize("url", ["https://example.org", "http://bugs.example.org:8080/show?id=1#c2", "https://[::1]/x"])
def test_a_link_that_leads_somewhere(url: str) -> None:
    metadata = Metadata(category="upstream-backport", upstream_status="upstreamed", bugs=(Link(url=url),))
    assert not lint("brook", placed(SpecUpdateTag(tag="Version", value="1.1", metadata=metadata)), None, NoStore())


@pytest.mark.parametrize("strict", [True, False])
def test_what_changes_nothing_any_more(strict) -> None:
    overlays = placed(
        SpecUpdateTag(tag="Version", value="1.1"),
        SpecRemoveTag(tag="Group"),
        SpecSearchReplace(regex="^make all$", replacement="make", section="%build"),
    )
    assert told(lint("brook", overlays, tree(), NoStore(), strict=strict)) == [("no-effect", 2), ("no-effect", 3)]


def test_azldev_lets_one_pass_that_changes_nothing() -> None:
    overlays = placed(SpecUpdateTag(tag="Release", value="1%{?dist}"))
    aligned = tree(SPEC.replace("Release:        1", "Release: 1"))
    assert told(lint("brook", overlays, aligned, NoStore(), strict=False)) == [("no-effect", 1)]


@pytest.mark.parametrize("strict", [True, False])
def test_what_is_written_over(strict) -> None:
    overlays = placed(SpecSetTag(tag="Version", value="1.1"), SpecSetTag(tag="Version", value="1.2"))
    assert told(lint("brook", overlays, tree(), NoStore(), strict=strict)) == [("undone", 1)]


@pytest.mark.parametrize("strict", [True, False])
def test_what_undoes_one_another(strict) -> None:
    overlays = placed(
        SpecAddTag(tag="Vendor", value="us"), SpecUpdateTag(tag="Version", value="2"), SpecRemoveTag(tag="Vendor")
    )
    found = lint("brook", overlays, tree(), NoStore(), strict=strict)
    assert told(found) == [("undone", 1)]
    assert "brook.toml:3" in found[0].message


def test_patches_that_are_not_applied(tmp_path: Path) -> None:
    for name in ("deep.patch", "wide.patch"):
        (tmp_path / name).write_text("-\n")
    overlays = placed(
        PatchAdd(source=str(tmp_path / "deep.patch")), FileAdd(file="wide.patch", source=str(tmp_path / "wide.patch"))
    )
    assert told(lint("brook", overlays, tree(PLAIN), NoStore())) == [("dead-patch", 1), ("dead-patch", 2)]
    assert told(lint("brook", overlays, tree(PLAIN), NoStore(), strict=False)) == [("dead-patch", 1), ("dead-patch", 2)]
    assert told(lint("brook", overlays, tree(), NoStore())) == [("dead-patch", 2)]


@pytest.mark.parametrize(
    ("regex", "section", "replacement", "kind"),
    [
        (r"^Version:\s+1\.0$", "", "Version: 1.1", "spec-update-tag"),
        (r"^License:.*", "%preamble", "License:        MIT AND Zlib", "spec-update-tag"),
        ("^%autosetup -p1$", "", "%autosetup -p1\nrm -r bundled", "spec-append-lines"),
        ("^%build$", "", "%build\nexport LANG=C", "spec-prepend-lines"),
        ("^BuildRequires:  gcc$", "", "BuildRequires:  gcc\nBuildRequires:  make", "spec-insert-tag"),
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_a_kind_instead_of_a_regex(regex: str, section: str, replacement: str, kind: str, strict) -> None:
    if strict or (not regex.startswith("^%build") and not section):  # azldev searches no headers, and knows no `%preamble`
        overlays = placed(SpecSearchReplace(regex=regex, section=section, replacement=replacement))
        [finding] = lint("brook", overlays, tree(), NoStore(), strict=strict)
        [better] = tomllib.loads(finding.replacement)["components"]["brook"]["overlays"]
        assert (finding.rule, better["type"], better["description"]) == ("use-a-kind", kind, WHY)
        made = [apply(tree(), one, NoStore())[0].text.split() for one in (overlays, [msgspec.convert(better, Overlay)])]
        assert made[0] == made[1]


def test_what_is_offered_for_an_overlay_file_fits_one() -> None:
    metadata = Metadata(category="azl-pruning", upstream_status="inapplicable")
    overlays = placed(SpecSearchReplace(regex=r"1\.0", replacement="1.1", metadata=metadata), key="overlays")
    [finding] = lint("brook", overlays, tree(), NoStore())
    assert [*tomllib.loads(finding.replacement)["overlays"][0]] == ["type", "tag", "value", "description"]


@pytest.mark.parametrize("regex", ["^make$", "^Flows", "gcc"])
def test_a_regex_that_is_needed_stays(regex: str) -> None:
    assert lint("brook", placed(SpecSearchReplace(regex=regex, replacement="other")), tree(), NoStore()) == ()


def test_overlays_on_archives_are_read_and_not_run() -> None:
    overlays = placed(FileRemove(file="x", archive="brook.tar.gz"), SpecAppendLines(lines=("x",), section="%build"))
    assert lint("brook", overlays, tree(), NoStore()) == ()


def test_every_rule_has_its_place_in_the_reference() -> None:
    page = (ROOT / "docs/reference/lint.md").read_text()
    assert [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")] == [f"{rule}" for rule in RULES]
