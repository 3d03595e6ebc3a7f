"""The `sources` file: both forms, what is hostile in it, and the project's entries among upstream's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.config.model import Download, SourceFile
from headwater.errors import Failure, Kind
from headwater.origin import Origin
from headwater.upstream import sourceslist
from headwater.upstream.sourceslist import entry, merge, parse, write

A, B, MD5 = "a" * 128, "B" * 128, "0123456789abcdef0123456789ABCDEF"
UPSTREAM = f"# made by fedpkg\nSHA512 (one.tgz) = {A}\n\n{MD5}  two.tgz\nSHA256 (three+1.tgz) = {'c' * 64}\n"


def test_both_forms_and_what_is_between_them_come_back_as_they_were() -> None:
    lines = parse(UPSTREAM.encode())
    assert write(lines) == UPSTREAM
    named = {line.filename: (line.hash_type, line.hash, line.legacy) for line in lines if line.filename}
    assert named == {
        "one.tgz": ("SHA512", A, ""),
        "two.tgz": ("MD5", MD5.lower(), f"{MD5.lower()}  two.tgz"),
        "three+1.tgz": ("SHA256", "c" * 64, ""),
    }


@pytest.mark.parametrize("content", [b"", b"\n", b"# nothing\n"])
def test_a_list_may_be_empty(content: bytes) -> None:
    assert not [line for line in parse(content) if line.filename]


def test_a_last_line_without_an_end_and_lines_of_windows() -> None:
    one, two = parse(f"SHA512 (one.tgz) = {A}\r\nSHA512 (two.tgz) = {A}".encode())
    assert (one.filename, two.filename) == ("one.tgz", "two.tgz")
    assert one.raw.endswith("\r")


@pytest.mark.parametrize(
    "bad",
    [
        f"SHA512 (../one) = {A}",
        f"SHA512 (a/b) = {A}",
        f"SHA512 (..) = {A}",
        f"SHA512 (-rf) = {A}",
        f"SHA512 (a b) = {A}",
        f"SHA512 (a\\b) = {A}",
        f"SHA512 (\u00e9) = {A}",
        f"SHA512 (a\x1b[0m) = {A}",
        f"SHA512 (a) = {A[:-1]}",
        f"SHA1 (a) = {'0' * 40}",
        f"{'0' * 40}  a",
        "SHA512 (a) = ",
        "one two three",
        f"SHA512 (first) = {A}",  # a second time
    ],
)
def test_each_bad_line_is_told_with_its_number(bad: str) -> None:
    with pytest.raises(Failure) as caught:
        parse(f"SHA512 (first) = {A}\n{bad}\n".encode(), Origin(file="x/sources"))
    (problem,) = caught.value.problems
    assert problem.kind is Kind.SOURCE
    assert problem.where == Origin(file="x/sources", line=2)


def test_all_bad_lines_are_told_together() -> None:
    with pytest.raises(Failure) as caught:
        parse(b"x\ny\nz\n")
    assert len(caught.value.problems) == 3


def test_a_list_without_end_is_refused() -> None:
    with pytest.raises(Failure):
        parse(b"#" * (sourceslist.MOST + 1))


@given(st.binary(max_size=200))
def test_whatever_is_read_comes_back_or_is_a_failure(content: bytes) -> None:
    try:
        lines = parse(content)
    except Failure:
        return
    assert write(lines).encode(errors="surrogateescape").removesuffix(b"\n") == content.removesuffix(b"\n")


def source(name: str, *, replace: bool = False, digest: str = B) -> SourceFile:
    return SourceFile(
        filename=name,
        hash=digest,
        hash_type="sha512" if digest else "",
        origin=Download(uri="https://a.invalid"),
        replace_upstream=replace,
        replace_reason="ours" if replace else "",
        where=Origin(file="a.toml", line=3),
    )


def test_an_entry_is_appended() -> None:
    assert write(merge(parse(UPSTREAM.encode()), [source("new.tgz")], {})) == UPSTREAM + f"SHA512 (new.tgz) = {B}\n"


def test_an_entry_takes_the_place_of_upstreams() -> None:
    merged = write(merge(parse(UPSTREAM.encode()), [source("two.tgz", replace=True)], {}))
    assert merged == UPSTREAM.replace(f"{MD5}  two.tgz", f"SHA512 (two.tgz) = {B}")


def test_an_entry_without_a_hash_has_that_of_what_was_made() -> None:
    assert merge((), [source("new.tgz", digest="")], {"new.tgz": A}) == (entry("new.tgz", "SHA512", A),)


def test_what_does_not_fit_is_told_together_with_its_place() -> None:
    wrong = [source("one.tgz"), source("gone.tgz", replace=True), source("new.tgz", digest="")]
    with pytest.raises(Failure) as caught:
        merge(parse(UPSTREAM.encode()), wrong, {})
    assert [(problem.kind, problem.where) for problem in caught.value.problems] == [
        (Kind.CONFIG, Origin(file="a.toml", line=3))
    ] * 3
