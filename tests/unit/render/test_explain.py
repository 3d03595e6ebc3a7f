"""The page of a component: every change once, under its reason, and nothing in a hunk ends the fence that it stands in."""

import itertools
import re

from headwater.config.overlays import Link, Metadata, SpecUpdateTag
from headwater.origin import Origin
from headwater.overlay.change import Change
from headwater.render import explain
from headwater.render.model import RenderedPackage
from headwater.upstream.model import LooseFile, Pin, SourceTree


def change(number: int, before: bytes | None, after: bytes | None, reason: str = "", file: str = "a.spec") -> Change:
    return Change(
        kind="spec-update-tag",
        description=reason or f"Reason {number}",
        where=Origin(file="a.toml", line=number),
        file=file,
        before=before,
        after=after,
    )


def chain(*texts: str, reasons: tuple[str, ...] = ()) -> list[Change]:
    pairs = enumerate(itertools.pairwise(texts), 1)
    return [change(n, a.encode(), b.encode(), reasons[n - 1] if reasons else "") for n, (a, b) in pairs]


def package(*changes: Change) -> RenderedPackage:
    pin = Pin(kind="archive", name="a-1.tar.gz", digest="0123456789abcdef")
    made = SourceTree(component="a", spec="a.spec", files={"a.spec": LooseFile(content=b"")}, pin=pin)
    return RenderedPackage(component="a", upstream=made, tree=made, changes=changes, digest="")


def headings(page: str) -> list[str]:
    return re.findall(r"^#+ .*", page, re.MULTILINE)


def test_each_reason_is_a_heading_with_its_own_hunks() -> None:
    page = explain(package(*chain("a\nb\nc\n", "A\nb\nc\n", "A\nb\nC\n")), ())
    assert headings(page) == ["# Deviations of a", "## Reason 1", "## Reason 2"]
    first, second = page.split("## Reason 2")
    assert "-a\n+A\n b\n" in first
    assert " b\n-c\n+C\n" in second
    assert "2 overlays in 1 file" in page
    assert "2 lines more, 2 lines less" in page


def test_the_same_reason_stands_once() -> None:
    page = explain(package(*chain("a\nb\n", "A\nb\n", "A\nB\n", reasons=("Why", "Why"))), ())
    assert headings(page) == ["# Deviations of a", "## Why"]
    assert page.count("```diff") == 2


def test_what_later_overlays_undid_is_told() -> None:
    page = explain(package(*chain("a\n", "b\n", "c\n", "a\n")), ())
    assert "```" not in page
    assert headings(page)[1:] == ["## Reason 1", "## Reason 2", "## Reason 3"]


def test_links_and_status_come_from_metadata() -> None:
    metadata = Metadata(
        category="upstream-backport",
        upstream_status="upstreamed",
        commits=(Link(url="https://example.org/c"),),
        bugs=(Link(url="https://example.org/b"),),
    )
    overlay = SpecUpdateTag(tag="a", value="b", metadata=metadata, where=Origin(file="a.toml", line=1))
    page = explain(package(*chain("a\n", "b\n")), (overlay,))
    assert "- upstream-backport, upstreamed\n- Commit: <https://example.org/c>\n- Bug: <https://example.org/b>\n" in page


def test_a_fence_is_longer_than_any_in_its_text() -> None:
    page = explain(package(*chain("a\n", "````\nx\n")), ())
    assert "`````diff\n" in page
    assert page.rstrip().endswith("\n`````")


def test_files_that_are_no_text_are_told_by_size() -> None:
    page = explain(package(change(1, b"\0", b"\0\0", file="a.png")), ())
    assert "1 bytes -> 2 bytes" in page
    assert "\0" not in page
