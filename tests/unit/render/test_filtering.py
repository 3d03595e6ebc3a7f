"""Which files of a dist-git belong into the rendered folder."""

import msgspec
import pytest
from tests.unit.packages import spec_facts

from headwater.render.filtering import keep, names_in, names_of, question
from headwater.render.model import RenderedPackage
from headwater.rpm.model import SpecFile
from headwater.upstream.model import LooseFile, Pin, SourceTree

PLAIN = """\
Name: jq
Version: 1.7
URL: https://example.invalid
%global commit abc
Source0: %{url}/%{name}-%{version}.tar.gz
Source1: jq.service
Source2: keys/one.asc
Patch: fix-%{commit}.patch
"""
FACTS = spec_facts("jq")
OTHERS = ("jq.service", "keys/one.asc", "keys/two.asc", "fix-abc.patch", "gating.yaml", "sub/fix-abc.patch", "sources")


def package(text: str, *others: str) -> RenderedPackage:
    files = {"jq.spec": LooseFile(content=text.encode()), **{name: LooseFile(content=b"x") for name in others}}
    tree = SourceTree(component="jq", spec="jq.spec", files=files, pin=Pin(kind="dist-git", name="jq", digest="0"))
    return RenderedPackage(component="jq", upstream=tree, tree=tree, changes=(), digest="")


def test_names_that_the_spec_says_itself() -> None:
    assert names_of(package(PLAIN)) == {"jq-1.7.tar.gz", "jq.service", "keys", "fix-abc.patch"}


@pytest.mark.parametrize(
    "line",
    [
        "Source3: %{unknown}.tar.gz",
        "%global files() %{expand:\nSource9: x\n}",
        "%{lua:\nprint('Patch9: x')\n}",
        "%include more.inc",
        "%{load:%{_sourcedir}/macros.jq}",
    ],
)
def test_where_macros_may_name_files_only_rpm_knows(line: str) -> None:
    assert names_of(package(f"{PLAIN}{line}\n")) is None


@pytest.mark.parametrize(
    "line", ["# Source3: %{unknown}", "%description\nSource3: %{unknown}", "%global a \\\n  plain\\\n  words"]
)
def test_what_only_looks_like_a_file_names_none(line: str) -> None:
    assert names_of(package(f"{PLAIN}{line}\n")) == names_of(package(PLAIN))


def test_what_the_spec_names_stays_and_its_folders_do_with_all_in_them() -> None:
    kept = keep(package(PLAIN, *OTHERS), names_of(package(PLAIN)))
    assert set(kept.tree.files) == {"jq.spec", "sources", "jq.service", "keys/one.asc", "keys/two.asc", "fix-abc.patch"}


def test_where_nobody_knows_everything_stays() -> None:
    whole = package(PLAIN, *OTHERS)
    assert keep(whole, None) is whole


@pytest.mark.parametrize(
    ("uris", "names"),
    [
        (("https://a.invalid/x-1.tar.gz", "b.patch", "keys/one.asc"), {"x-1.tar.gz", "b.patch", "keys"}),
        (("https://a.invalid/get?v=1#/x-1.tar.gz",), {"x-1.tar.gz"}),
        (("b.patch", "%{unknown}.patch"), None),
        ((), set()),
    ],
)
def test_names_that_rpm_says(uris: tuple[str, ...], names: set[str] | None) -> None:
    sources = tuple(SpecFile(uri=uri, number=number, patch=False) for number, uri in enumerate(uris))
    assert names_in(msgspec.structs.replace(FACTS, sources=sources)) == names


def test_rpm_is_given_what_lies_beside_the_spec() -> None:
    """`%include` and `%{load:}` read it; what lies in folders no spec names so."""
    asked = question(package(PLAIN, "macros.jq", "sub/x").tree)
    assert (asked.file, set(asked.files)) == ("jq.spec", {"macros.jq"})
