"""What is odd in a build root, from headers and the merged tree."""

import pytest

from headwater.build.findings import links, owners, providers, unknown
from headwater.engine import File, Forest, digest_of_bytes
from headwater.engine.tree import Entry
from headwater.rpm import Dependency, Header, PackageFile
from headwater.rpm.model import Rpm

FILE = File(digest_of_bytes(b"x"))


def rpm(name: str, origin: str = "bridge") -> Rpm:
    return Rpm(name=name, version="1", release="1", arch="noarch", digest=name, size=1, origin=origin, component=name)


def header(user: str, group: str, *provides: str) -> Header:
    texts = dict.fromkeys(("name", "version", "release", "arch", "summary", "description", "licence", "vendor", "url"), "")
    lists = dict.fromkeys(("requires", "conflicts", "obsoletes", "recommends", "suggests", "supplements", "enhances"), ())
    more = {"source_rpm": "", "build_host": "", "payload_digest": "", "epoch": 0, "build_time": 0, "installed_size": 0}
    file = PackageFile("/usr/x", 0o100644, user, group, 1, "", "", 0, 0, 1, "")
    said = {**texts, **lists, **more, "signatures": 0, "scripts": {}, "files": (file,)}
    return Header(**said, provides=tuple(Dependency(name, "", "", 0) for name in provides))


def test_owners_are_known_by_the_root_or_by_a_package() -> None:
    headers = {
        rpm("a"): header("root", "tape"),
        rpm("b"): header("bin", "root", "group(tape)"),
        rpm("c"): header("root", "lost"),
    }
    found = list(owners(headers, "root:x:0:0\nbin:x:1:1\n", "root:x:0:\n"))
    assert [(one.of, one.name) for one in found] == [("c", "group lost")]


@pytest.mark.parametrize(
    ("entries", "odd"),
    [
        ([("usr/a", "b"), ("usr/b", FILE)], False),
        ([("usr/a", "/usr/b"), ("usr/b", "c")], True),
        ([("usr/a", "b"), ("usr/b", "a")], True),
        ([("usr/d/a", "../b/c"), ("usr/b", "/usr/e"), ("usr/e/c", FILE)], False),
        ([("usr/a", "../../../../usr/b"), ("usr/b", None)], False),
        ([("usr/a", "b/c"), ("usr/b", FILE)], True),
        ([("var/lock", "/run/lock"), ("usr/a", "/var/lock/x")], False),
        ([("usr/a", "/")], False),
    ],
    ids=["file", "over-two", "round", "over-a-folder", "above-the-root", "below-a-file", "elsewhere", "root"],
)
def test_links_lead_somewhere(entries: list[tuple[str, Entry]], *, odd: bool) -> None:
    forest = Forest()
    root = forest.plant(entries)
    assert bool(list(links(forest, root, [("p", root)]))) is odd


def test_of_several_it_is_said_which_was_taken_and_why() -> None:
    own, other, third = rpm("foo", "built"), rpm("bar"), rpm("baz")
    contested = {"x": (own, other), "bar > 1": (other, third), "y": (other, third), "z": (third, other)}
    found = list(providers(contested, ["baz"]))
    assert [one.of for one in found] == ["foo", "bar", "bar", "baz"]
    assert [one.why.partition(";")[0] for one in found] == [
        "built goes before bridge",
        "it has that very name",
        "it gives the highest version, or is the first by name",
        "[[build-root.prefer]] names it",
    ]
    assert "`baz`" in found[1].why
    assert {one.what for one in found} == {"providers"}
    assert [one.name for one in unknown(["baz", "bax"], [third])] == ["bax"]
