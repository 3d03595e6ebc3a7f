from pathlib import Path

import pytest

from headwater.errors import Failure, Kind
from headwater.store import Store
from headwater.toolbox.apt import parse_uris, pick_mirror, resolve
from headwater.toolbox.model import Deb

ADDRESS = "http://mirror.example/debian/"
SHA = "ab" * 32


def line(path: str, file: str) -> str:
    return f"'{ADDRESS}{path}' {file} 1372528 SHA256:{SHA}"


def test_uris_become_packages_sorted_by_name() -> None:
    said = "\n".join(
        [
            line("pool/main/g/gcc/g%2b%2b_4%253a14_amd64.deb", "g++_4%3a14.2~rc1-1_amd64.deb"),
            line("pool/main/a/apt/apt_2.6.1_amd64.deb", "apt_2.6.1_amd64.deb"),
        ]
    )
    apt, gxx = parse_uris(said, ADDRESS)
    assert apt == Deb(
        name="apt", version="2.6.1", arch="amd64", sha256=SHA, size=1372528, path="pool/main/a/apt/apt_2.6.1_amd64.deb"
    )
    assert (gxx.name, gxx.version) == ("g++", "4:14.2~rc1-1")


@pytest.mark.parametrize(
    "said",
    [
        "'http://elsewhere.example/pool/a_1_all.deb' a_1_all.deb 5 SHA256:" + SHA,
        line("../../etc/a_1_all.deb", "a_1_all.deb"),
        line("pool/a_1_all.deb", "a.deb"),
        f"'{ADDRESS}pool/a_1_all.deb' a_1_all.deb 5 MD5Sum:0123",
        "Reading package lists...",
        line("%00pool/a_1_all.deb", "a_1_all.deb"),
        line("pool/a_1_all.deb", "a_1_all.deb").replace("1372528", "9" * 5000),
    ],
    ids=["other-host", "dots", "no-version", "weak-hash", "noise", "nul", "endless-size"],
)
def test_uris_that_do_not_fit_are_refused(said: str) -> None:
    with pytest.raises(Failure) as caught:
        parse_uris(said, ADDRESS)
    assert caught.value.kind is Kind.SOURCE


def test_the_mirror_is_the_first_whole_release() -> None:
    targets = (
        "http://m.example/debian-security/ bookworm-security\nhttp://m.example/debian bookworm\nhttp://n.example/ trixie\n"
    )
    assert pick_mirror(targets) == "http://m.example/debian/"


@pytest.mark.parametrize("targets", ["", "file:/srv/debian/ trixie", "http://m.example/s/ trixie-security", "http://m'x/ sid"])
def test_no_usable_mirror_says_so(targets: str) -> None:
    with pytest.raises(Failure) as caught:
        pick_mirror(targets)
    assert caught.value.problems[0].hint == "apt-get update"


@pytest.mark.parametrize("name", ["-oDir::Etc=/x", "./a.deb", "a b", "?essential", "apt-", "apt=1", "a/sid", ""])
def test_names_are_never_options_of_apt(name: str, tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        resolve("forky", [name], Store(tmp_path))
    assert caught.value.kind is Kind.CONFIG


def test_suites_are_never_more_than_a_word(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught:
        resolve("sid main\ndeb http://x y", ["apt"], Store(tmp_path))
    assert caught.value.kind is Kind.CONFIG
