"""What a build left, before it counts: places and names first, then what the packages say of themselves."""

from types import SimpleNamespace
from typing import Any

import pytest

from headwater.build import outputs
from headwater.build.outputs import Expected, check_places, read_outputs
from headwater.config.model import BuildRule
from headwater.engine import Digest, File, Outcome, digest_of_bytes
from headwater.errors import Failure, Kind
from headwater.rpm import Header
from headwater.rpm.header import PackageFile
from headwater.store import Blob

JOB: Any = SimpleNamespace(component="jq")
NOBODY: Any = None  # the toolbox and the store, which a header at hand has no need of
SMALL = File(digest_of_bytes(b"x"))
EXPECTED = Expected(source="jq", names=frozenset({"jq", "jq-devel"}), versions=frozenset({(0, "1", "2")}), sure=True)


def left(*paths: str, file: File = SMALL) -> Outcome:
    return Outcome(code=0, outputs=dict.fromkeys(paths, file), log=None)


def header(name: str, *paths: str, version: str = "1", arch: str = "noarch") -> Header:
    texts = ["summary", "description", "licence", "vendor", "url", "source_rpm", "build_host", "payload_digest"]
    lists = ["requires", "provides", "conflicts", "obsoletes", "recommends", "suggests", "supplements", "enhances"]
    more = {"epoch": 0, "build_time": 0, "installed_size": 0, "signatures": 0, "scripts": {}}
    files = tuple(PackageFile(path, 0o100644, "root", "root", 1, "", "", 0, 0, 1, "") for path in paths)
    said = {**dict.fromkeys(texts, ""), **dict.fromkeys(lists, ()), **more}
    return Header(name=name, version=version, release="2", arch=arch, files=files, **said)


def read(monkeypatch: pytest.MonkeyPatch, name: str, found: Header, expected: Expected = EXPECTED) -> None:
    monkeypatch.setattr(outputs, "read_headers", lambda *_: {"d": found})
    read_outputs(JOB, {name: Blob(digest="d", size=1)}, expected, NOBODY, NOBODY)


def refused(outcome: Outcome, rule: BuildRule = BuildRule()) -> str:
    with pytest.raises(Failure) as raised:
        check_places(JOB, outcome, rule)
    (problem,) = raised.value.problems
    assert problem.kind is Kind.BUILD
    return problem.why


def test_packages_of_both_kinds() -> None:
    paths = ("RPMS/x86_64/jq-1-2.x86_64.rpm", "RPMS/noarch/jq-doc-1-2.noarch.rpm", "SRPMS/jq-1-2.src.rpm")
    check_places(JOB, left(*paths), BuildRule())


@pytest.mark.parametrize(
    "path",
    ["RPMS/a.rpm", "RPMS/a/b/a.rpm", "RPMS/../a.rpm", "RPMS/i/.a.rpm", "RPMS/i/a\nb.rpm", "RPMS/i/-a.rpm"],
)
def test_odd_places(path: str) -> None:
    assert refused(left(path))


def test_the_same_name_twice() -> None:
    assert "same file name" in refused(left("RPMS/noarch/jq.rpm", "RPMS/x86_64/jq.rpm"))


def test_too_large_and_too_many() -> None:
    large = File(Digest("0" * 64, 3 << 20))
    assert "`disk` is 2" in refused(left("RPMS/noarch/jq.rpm", file=large), BuildRule(disk=2))
    assert "10001 packages" in refused(left(*(f"RPMS/noarch/a{number}.rpm" for number in range(10_001))))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("jq-1-2.noarch.rpm", header("jq", "/usr/bin/jq")),
        ("jq-debuginfo-1-2.noarch.rpm", header("jq-debuginfo")),
        ("jq-1-2.src.rpm", header("jq", "jq.spec", arch="src")),
    ],
)
def test_packages_of_the_spec(name: str, found: Header, monkeypatch: pytest.MonkeyPatch) -> None:
    read(monkeypatch, name, found)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("jq-1-2.noarch.rpm", header("jq", "/usr/../etc/x")),
        ("jq-1-2.noarch.rpm", header("jq", "etc/x")),
        ("jq-1-2.noarch.rpm", header("jq", "/etc/x\ny")),
        ("jq-1-2.src.rpm", header("jq", "a/jq.spec", arch="src")),
        ("jq-1-2.src.rpm", header("jq", "..", arch="src")),
        ("jq-9-2.noarch.rpm", header("jq")),
        ("jq-9-2.noarch.rpm", header("jq", version="9")),
        ("bash-1-2.noarch.rpm", header("bash")),
        ("bash-1-2.src.rpm", header("bash", arch="src")),
    ],
)
def test_others(name: str, found: Header, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Failure) as raised:
        read(monkeypatch, name, found)
    assert raised.value.problems[0].kind is Kind.BUILD
    assert raised.value.problems[0].hint


def test_a_spec_that_rpm_does_not_know_whole_may_make_other_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    unsure = Expected(source="jq", names=frozenset({"jq"}), versions=frozenset(), sure=False)
    read(monkeypatch, "more-7-2.noarch.rpm", header("more", version="7"), unsure)
