"""What two builds of the same packages say otherwise: packages, their headers, their files."""

import msgspec
import pytest
from tests.unit.headers import LINK, file, package

from headwater.build.unlike import Unlike, compare
from headwater.engine import digest_of_bytes
from headwater.rpm import Header, PackageFile

NAME = "x-1-1.x86_64.rpm"
ONE, TWO = file("/usr/bin/one"), file("/usr/bin/two", LINK, link="one")


def holding(*files: PackageFile, **more: object) -> dict[str, Header]:
    return {NAME: msgspec.structs.replace(package("x", files=files)[1], **more)}


def other(one: PackageFile, **more: object) -> PackageFile:
    return msgspec.structs.replace(one, **more)


def found(before: dict[str, Header], after: dict[str, Header]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.path, one.aspects) for one in compare(before, after)]


def test_the_same_packages_say_nothing() -> None:
    assert not list(compare(holding(ONE, TWO), holding(ONE, TWO)))


def test_a_package_of_one_build_alone_is_told_with_the_build() -> None:
    second = {"y-1-1.x86_64.rpm": package("y")[1]}
    assert list(compare(holding(), second)) == [
        Unlike(package=NAME, aspects=("only in the first build",)),
        Unlike(package="y-1-1.x86_64.rpm", aspects=("only in the second build",)),
    ]


def test_a_file_of_one_build_alone_is_told_with_the_build() -> None:
    assert found(holding(ONE), holding(TWO)) == [
        ("/usr/bin/one", ("only in the first build",)),
        ("/usr/bin/two", ("only in the second build",)),
    ]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("mode", 0o100755, "mode"),
        ("user", "bin", "user"),
        ("group", "bin", "group"),
        ("flags", 2, "flags"),
        ("mtime", 7, "time"),
        ("caps", "cap_chown=ep", "capabilities"),
    ],
)
def test_a_file_is_told_with_what_differs(field: str, value: object, told: str) -> None:
    (unlike,) = compare(holding(ONE, TWO), holding(other(ONE, **{field: value}), TWO))
    assert (unlike.path, unlike.aspects, unlike.contents) == ("/usr/bin/one", (told,), None)


def test_contents_are_there_to_be_looked_into_where_they_differ() -> None:
    longer = file("/usr/bin/one", content=b"longer")
    (unlike,) = compare(holding(ONE), holding(longer))
    assert unlike.aspects == ("content",)
    assert unlike.contents == (digest_of_bytes(b"x"), digest_of_bytes(b"longer"))


def test_a_link_has_a_target_and_no_content() -> None:
    (unlike,) = compare(holding(TWO), holding(other(TWO, link="three")))
    assert (unlike.aspects, unlike.contents) == (("link",), None)


def test_a_file_that_became_a_link_has_no_content_to_compare() -> None:
    (unlike,) = compare(holding(ONE), holding(file("/usr/bin/one", LINK, link="two")))
    assert {"mode", "link", "content"} == set(unlike.aspects)
    assert unlike.contents is None


@pytest.mark.parametrize("field", ["summary", "build_host", "source_rpm", "vendor"])
def test_a_header_is_told_without_a_file(field: str) -> None:
    assert found(holding(ONE), holding(ONE, **{field: "other"})) == [("", (field,))]


def test_what_follows_from_the_files_is_not_told_twice() -> None:
    assert not found(holding(ONE), holding(ONE, payload_digest="other", installed_size=9))
