"""Specs: any text is one, prints back byte for byte, and every question about it has an answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.config.model import Component
from headwater.overlay.compat import document as compat
from headwater.overlay.compat.conditions import pairs
from headwater.overlay.compat.text import read_lines, write_lines
from headwater.render.release import bump, uses_autorelease, way_of
from headwater.spec import expand, find, numbered, parse, plain_macros, tags, write
from headwater.upstream import names_in

pytestmark = pytest.mark.timeout(300)
FUZZ = settings(settings.get_profile("fuzz"))
GOOD = b"""%global with_x %{?_with_x:1}%{!?_with_x:0}
%define body() %{expand:
%package hidden
}
Name: brook
Version: 1.0
Release: 1%{?dist}
Source0: %{name}-%{version}.tar.gz
Patch: wet.patch
Patch3: dry.patch
Requires(post): bed >= 1
%if %{with x} && \\
    0%{?fedora}
BuildRequires: gcc
%else
BuildRequires: clang
%endif

%description
Flows.
%package -n brook-libs
Summary: Libraries
%prep
%autosetup -p1
%files -n brook-libs -f list
%{_libdir}/*.so
%changelog
* Thu Jan 01 2026 Somebody <a@example.org> - 1.0-1
- First
"""
PIECES = st.sampled_from(
    [line + b"\n" for line in GOOD.split(b"\n")] + [b"\\\n", b"\r\n", b"%{", b"}", b"%(", b")", b"%[", b"%"]
)
TEXTS = st.binary(max_size=200) | st.lists(PIECES | st.binary(max_size=6), max_size=30).map(b"".join)


def decoded(content: bytes) -> str:
    return content.decode(errors="surrogateescape")


@given(data=st.data())
@FUZZ
def test_a_spec_prints_back_and_answers(data: st.DataObject, spoilt) -> None:
    content = data.draw(spoilt(GOOD) | TEXTS)
    document = parse(decoded(content))
    assert document.text.encode(errors="surrogateescape") == content
    assert "".join(document.slice(index, index + 1) for index in range(len(document.lines))) == document.text
    assert len(document.roles) == len(document.lines)
    assert [document.section_at(section.start) for section in document.sections[1:]] == list(document.sections[1:])
    known = plain_macros(document)
    for kind in ("source", "patch"):
        assert all(isinstance(expand(entry.value, known), str) for entry in numbered(document, kind))
    assert all("/" not in name for name in names_in(document.text))


@given(data=st.data())
@FUZZ
def test_writing_a_tag_changes_that_tag_alone(data: st.DataObject, spoilt) -> None:
    document = parse(decoded(data.draw(spoilt(GOOD) | TEXTS)))
    there = tags(document, None)
    if there:
        tag = data.draw(st.sampled_from(there))
        after = write(document, tag, tag.name, "other")
        assert after.lines[: tag.line] == document.lines[: tag.line]
        assert after.lines[tag.line + 1 :] == document.lines[tag.stop :]
        assert after.lines[tag.line].endswith("other")


@given(data=st.data())
@FUZZ
def test_releases_are_made_or_refused(data: st.DataObject, outcome, spoilt) -> None:
    text = decoded(data.draw(spoilt(GOOD) | TEXTS))
    outcome(lambda: way_of(Component(name="brook"), text))
    made = outcome(lambda: bump(Component(name="brook"), text, 2))
    if isinstance(made, str) and not find(parse(text), "release"):
        assert made == text
    assert uses_autorelease(text) in {True, False}


@given(data=st.data())
@FUZZ
def test_azldevs_reader_keeps_every_line(data: st.DataObject, outcome, spoilt) -> None:
    text = decoded(data.draw(spoilt(GOOD) | TEXTS))
    document = outcome(lambda: compat.parse(text, "brook.spec"))
    if isinstance(document, compat.Document):
        ends = [*(section.start for section in document.sections), len(document.lines)]
        assert ends == sorted(ends)
        assert [section.end for section in document.sections] == ends[1:]
        assert read_lines(write_lines(list(document.lines))) == [line.removesuffix("\r") for line in document.lines]
        found, alone = pairs(document.lines)
        assert all(pair.opener < pair.closer for pair in found)
        assert alone is None or 0 <= alone < len(document.lines)
