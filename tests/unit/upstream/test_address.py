"""Templates, addresses and names of branches: what is hostile is refused before a program sees it."""

import pytest

from headwater.upstream.address import check_branch, check_url, fill
from headwater.upstream.hosts import Refused

FEDORA = "https://src.invalid/repo/pkgs/$pkg/$filename/$hashtype/$hash/$filename"


def test_a_template_is_filled_as_azldev_does() -> None:
    filled = fill(FEDORA, pkg="libsigc++20", filename="a b?#%/;x.tgz", hashtype="sha512", hash="ab")
    escaped = "a%20b%3F%23%25%2F%3Bx.tgz"
    assert filled == f"https://src.invalid/repo/pkgs/libsigc++20/{escaped}/sha512/ab/{escaped}"


def test_what_is_not_given_stays() -> None:
    assert fill("$pkg-$hash", pkg="a") == "a-$hash"


@pytest.mark.parametrize("value", ["$pkg", "a$filename", "$hashtype", "x$hash"])
def test_a_value_with_a_placeholder_is_refused(value: str) -> None:
    with pytest.raises(Refused):
        fill("$pkg", pkg=value)


@pytest.mark.parametrize(
    "url", ["https://a.invalid/x.git", "http://a.invalid:8080/x", "git://a.invalid/x", "file:///srv/x.git"]
)
def test_addresses(url: str) -> None:
    assert check_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "--upload-pack=touch /tmp/x",
        "-u",
        "ext::sh -c x",
        "fd::7",
        "http::http://a.invalid",
        "ssh://a.invalid/x",
        "git@a.invalid:x",
        "/srv/x.git",
        "https:///x",
        "file://host/x",
        "https://a.invalid/x\n",
        "https://a.invalid/a b",
        "https://a.invalid:x/",
        "https://[::1",
        "https://me:secret@a.invalid/x",
        "",
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url)


@pytest.mark.parametrize("name", ["f43", "rawhide", "3.0-stable", "feature/x", "v1.2", "1+2"])
def test_branches(name: str) -> None:
    assert check_branch(name) == name


@pytest.mark.parametrize(
    "name", ["", "-f43", "--all", "a..b", "a b", "a:b", "+a", "a@{1}", "a.lock", "a/", "/a", "a//b", "a~1", "a\n", "a/.b"]
)
def test_what_is_no_branch(name: str) -> None:
    with pytest.raises(Refused):
        check_branch(name)
