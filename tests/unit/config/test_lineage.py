"""Images that begin with another: what they take, what is their own, and what is wrong with a `from`."""

from pathlib import Path

import pytest

from headwater.config import Project, load, read_project
from headwater.config.images import ImageKind
from headwater.config.policy import Level
from headwater.config.verbs import trace
from headwater.errors import Failure, Problem

BASE = """
[project]
default-distro = { name = "alki" }
[distros.alki]
default-version = "0"
versions.0.release-ver = "0"
"""
FIRST = """
[images.first]
description = "The first"
kind = "oci"
hostname = "one"
units = ["a.service"]
[[images.first.packages]]
names = ["libc6"]
reason = "all need it"
[[images.first.files]]
path = "/etc/motd"
source = "motd"
reason = "words"
[images.first.oci]
entrypoint = ["/bin/a"]
cmd = ["x"]
env = { A = "1", B = "2" }
[[images.first.checks]]
name = "it runs"
command = "a"
reason = "what it is for"
"""
SECOND = """
[images.second]
from = "first"
hostname = "two"
units = ["b.service"]
[[images.second.packages]]
names = ["jq"]
reason = "its program"
[images.second.oci]
entrypoint = []
cmd = ["y"]
env = { B = "3" }
"""


def project(folder: Path, *texts: str) -> Project:
    """The project whose image files are these, each in a folder of its own."""
    (folder / "headwater.toml").write_text('includes = ["*/images.toml"]\n' + BASE)
    for number, text in enumerate(texts):
        (folder / str(number)).mkdir()
        (folder / str(number) / "images.toml").write_text(text)
        (folder / str(number) / "motd").write_text("hello\n")
    return load(folder)


def problems(folder: Path, *texts: str) -> tuple[Problem, ...]:
    with pytest.raises(Failure) as raised:
        project(folder, *texts)
    return tuple(raised.value.problems)


def test_an_image_has_all_of_the_one_it_begins_with(tmp_path: Path) -> None:
    first, second = project(tmp_path, SECOND, FIRST).images.values()
    assert (first.name, second.name) == ("second", "first")
    image = first
    assert image.kind is ImageKind.OCI
    assert [group.names for group in image.packages] == [("libc6",), ("jq",)]
    assert image.units == ("a.service", "b.service")
    assert image.hostname == "two"
    assert image.from_ == "", "it is whole: nobody resolves it again"


def test_tables_are_taken_key_by_key_and_empty_counts(tmp_path: Path) -> None:
    oci = project(tmp_path, FIRST, SECOND).images["second"].oci
    assert (oci.entrypoint, oci.cmd, oci.env) == ((), ("y",), {"A": "1", "B": "3"})


def test_description_and_checks_are_each_images_own(tmp_path: Path) -> None:
    image = project(tmp_path, FIRST, SECOND).images["second"]
    assert (image.description, image.checks) == ("", ())


def test_what_is_taken_knows_its_line_and_its_folder(tmp_path: Path) -> None:
    image = project(tmp_path, FIRST, SECOND).images["second"]
    assert [(group.where.file, group.where.line) for group in image.packages if group.where] == [
        ("0/images.toml", 7),
        ("1/images.toml", 6),
    ]
    assert image.files[0].source == str(tmp_path / "0" / "motd")


def test_a_chain_and_another_kind(tmp_path: Path) -> None:
    third = '[images.third]\nfrom = "second"\nkind = "disk"\n[images.third.disk]\nfree = 8\n'
    image = project(tmp_path, third, SECOND, FIRST).images["third"]
    assert image.kind is ImageKind.DISK
    assert [group.names for group in image.packages] == [("libc6",), ("jq",)]
    assert image.oci.where is None, "a disk has no entry point"


def test_a_circle_is_told_once(tmp_path: Path) -> None:
    text = '[images.a]\nfrom = "b"\n[images.b]\nfrom = "c"\n[images.c]\nfrom = "b"\n[images.d]\nfrom = "d"\n'
    first, second = problems(tmp_path, text)
    assert (first.what, first.why) == ("image `b` begins with itself", "b -> c -> b")
    assert str(first.where) == "0/images.toml:6:1"
    assert second.what == "image `d` begins with itself"


def test_an_unknown_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, FIRST, '[images.second]\nfrom = "frist"\n')
    assert (problem.what, problem.hint) == ("`frist` is no image", "did you mean `first`?")
    assert problem.where
    assert (problem.where.file, problem.where.line) == ("1/images.toml", 2)


def test_what_another_tool_describes_is_no_beginning(tmp_path: Path) -> None:
    kiwi = '[images.kiwi]\ndefinition = { type = "kiwi", path = "x" }\n[images.ours]\nfrom = "kiwi"\n'
    (problem,) = problems(tmp_path, kiwi)
    assert problem.what == "`ours` can not begin with `kiwi`"
    assert problem.where
    assert problem.where.line == 4


def test_a_file_said_twice_is_a_problem_with_both_places(tmp_path: Path) -> None:
    twice = SECOND + '[[images.second.files]]\npath = "/etc/motd"\ncontent = "x"\nreason = "other words"\n'
    (problem,) = problems(tmp_path, FIRST, twice)
    assert problem.what == "path `/etc/motd` is there twice"
    assert str(problem.where).startswith("1/images.toml")
    assert "0/images.toml" in problem.why


def test_a_from_that_is_no_text_is_told(tmp_path: Path) -> None:
    assert "`images.second.from` is an integer, not a string" in [
        each.what for each in problems(tmp_path, "[images.second]\nfrom = 1\n")
    ]


def test_why_names_the_image_that_said_it(tmp_path: Path) -> None:
    project(tmp_path, FIRST, SECOND)
    reading = read_project(tmp_path)

    def said(key: str) -> list[tuple[str, str]]:
        return [(one.layer, one.effect) for one in trace(reading, f"images.second.{key}")]

    assert said("packages") == [("image first", "added"), ("1/images.toml", "added")]
    assert (
        said("hostname")
        == said("oci.cmd")
        == said("oci.entrypoint")
        == [("image first", "overridden"), ("1/images.toml", "counts")]
    )
    assert said("kind") == said("oci.env.A") == [("image first", "counts")]
    assert said("oci.env") == [("image first", "added"), ("1/images.toml", "added")]
    assert [one.value for one in trace(reading, "images.second.packages[1].reason")] == ["its program"]
    assert said("from") == [("1/images.toml", "counts")]


def test_exceptions_come_along_with_what_they_allow(tmp_path: Path) -> None:
    exception = '[[images.{}.policy.allow]]\ndemand = "setuid"\nnames = ["{}"]\nreason = "r"\n'
    first = FIRST + '[images.first.policy]\nports = "error"\n' + exception.format("first", "/a")
    second = SECOND + '[images.second.policy]\nports = "warn"\n' + exception.format("second", "/b")
    policy = project(tmp_path, first, second).images["second"].policy
    assert [one.names for one in policy.allow] == [("/a",), ("/b",)]
    assert policy.ports is Level.WARN
