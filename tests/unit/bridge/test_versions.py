"""Debian's versions and relations in rpm's words, and rpm's order among them."""

import pytest

from headwater.bridge import versions
from headwater.bridge.model import Evr, Relation


@pytest.mark.parametrize(
    ("debian", "rpm"),
    [
        ("2.43-7", Evr(epoch=0, version="2.43", release="7^bridge")),
        ("1:10.6p1-1", Evr(epoch=1, version="10.6p1", release="1^bridge")),
        ("14.2", Evr(epoch=0, version="14.2", release="0^bridge")),
        ("2:1.02-pre3-4+b1", Evr(epoch=2, version="1.02.pre3", release="4+b1^bridge")),
        ("1.0~rc1-0.1~deb13u2", Evr(epoch=0, version="1.0~rc1", release="0.1~deb13u2^bridge")),
        ("710+really685-1", Evr(epoch=0, version="710+really685", release="1^bridge")),
    ],
)
def test_a_version_has_a_release_with_the_bridge_suffix(debian: str, rpm: Evr) -> None:
    assert versions.to_evr(debian) == rpm


@pytest.mark.parametrize("text", ["", "-1", "1.0-", "1 0", "%{x}-1", "1:2:3_4", "a:1", "1.0\n2"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="version"):
        versions.to_evr(text)


@pytest.mark.parametrize(
    ("field", "requires"),
    [
        ("libc6", ["libc6"]),
        ("libc6 (>= 2.38)", ["libc6 >= 2.38-0"]),
        ("libc6 (>= 2.38-4)", ["libc6 >= 2.38-4"]),
        ("libc6 (>> 2.43)", ["libc6 > 2.43-0^bridge"]),
        ("libc6 (> 2.43)", ["libc6 >= 2.43-0"]),
        ("libc6 (<< 2.44)", ["libc6 < 2.44-0"]),
        ("libc6 (<= 2.44-1)", ["libc6 <= 2.44-1^bridge"]),
        ("libc6 (= 2.43-7)", ["libc6 = 2.43-7^bridge"]),
        ("zlib1g (= 1:1.3-2)", ["zlib1g = 1:1.3-2^bridge"]),
        ("debconf (>= 0.5) | debconf-2.0", ["(debconf >= 0.5-0 or debconf-2.0)"]),
        ("perl:any, python3:any (>= 3.14~)", ["perl", "python3 >= 3.14~-0"]),
        ("a | a", ["a"]),
        ("a [amd64], b <!nocheck>", ["a", "b"]),
        ("a,\n b", ["a", "b"]),
    ],
)
def test_depends_in_rpms_words(field: str, requires: list[str]) -> None:
    assert [versions.to_requirement(group) for group in versions.parse_relations(field)] == requires


@pytest.mark.parametrize("field", ["a (2.0)", "a (>= )", "a (~ 1)", "a b", "%{lua:x}", "(a)", "a (>= 1;2)"])
def test_what_is_no_relation_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=r"relation|version"):
        [versions.to_requirement(group) for group in versions.parse_relations(field)]


@pytest.mark.parametrize(
    ("field", "conflict"), [("a (<< 2)", ""), ("a (<= 2)", ""), ("a", "a"), ("a (= 2-1)", "a = 2-1^bridge")]
)
def test_conflicts_that_speak_of_older_versions_are_dropped(field: str, conflict: str) -> None:
    assert versions.to_conflict(versions.parse_relations(field)[0]) == conflict


def test_provides_have_the_version_of_a_package() -> None:
    assert versions.to_provide(Relation(name="libx", operator="=", version="1.2-3")) == "libx = 1.2-3^bridge"
    assert versions.to_provide(Relation(name="libx")) == "libx"


def test_alternatives_that_are_excluded_are_none() -> None:
    (group,) = versions.parse_relations("gnupg (>= 2.1) | gpg")
    assert [one.name for one in versions.without(group, frozenset({"gnupg"}))] == ["gpg"]
    assert versions.without(group, frozenset({"gnupg", "gpg"})) == ()
