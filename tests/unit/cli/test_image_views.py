"""`hw image diff` and `size` as typed, on images as they lie after a build; `hw image plan` of what is not there."""

import json
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from headwater.cli.main import hw
from headwater.errors import Failure, Kind
from headwater.image.model import Artefact, Entry, Ids, Image, Root
from headwater.image.note import write_note
from headwater.rpm.model import Rpm
from headwater.store import Store

PROJECT = """\
[project]
default-distro = { name = "brook" }

[distros.brook]
description = "Brook"
default-version = "1"

[distros.brook.versions.1]
release-ver = "1"

[images.small]
description = "One program"
kind = "oci"
packages = [{ names = ["jq"], reason = "The program" }]

[images.large]
description = "Two programs"
kind = "oci"
packages = [{ names = ["jq", "bash"], reason = "The programs" }]
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "headwater.toml").write_text(PROJECT)
    return tmp_path


def keep(place: Path, name: str, folder: Path | None = None, **versions: str) -> Path:
    """An image of packages, each with one program, as a build leaves it."""
    store = Store(place / "store")
    entries = [Entry(path="/", mode=stat.S_IFDIR | 0o755)]
    for package, version in versions.items():
        content = store.add_bytes(version.encode() * 2000)
        entries.append(
            Entry(
                path=f"/usr/bin/{package}", mode=stat.S_IFREG | 0o755, size=content.size, digest=content.digest, package=package
            )
        )
    root = Root(entries=tuple(entries), ids=Ids(users={"root": 0}, groups={"root": 0}), epoch=1)
    index = store.add_bytes(msgspec.json.encode(root)).digest
    image = Image(
        name=name,
        kind="oci",
        key="key",
        artefacts=(Artefact(format="oci", path=Path("oci"), digest=f"sha256:{index}", size=100),),
        packages=tuple(_rpm(package, version) for package, version in versions.items()),
        seconds=0,
        cached=False,
        index=index,
    )
    folder = folder or place / "out" / "images" / name
    folder.mkdir(parents=True)
    write_note(image, folder)
    return folder / "image.json"


def _rpm(name: str, version: str) -> Rpm:
    digest = name + version
    return Rpm(name=name, version=version, release="1", arch="noarch", digest=digest, size=1, origin="built", component=name)


def run(place: Path, *words: str) -> Result:
    return CliRunner().invoke(hw, ["-C", str(place), "--store", str(place / "store"), "-q", *words])


def data(result: Result) -> Any:
    return json.loads(result.stdout)


def test_diff_of_the_same_is_nothing_and_0(place: Path) -> None:
    keep(place, "small", jq="1")
    result = run(place, "image", "diff", "small", "small")
    assert result.exit_code == 0, result.exception
    assert "are the same" in result.stdout
    assert data(run(place, "--json", "image", "diff", "small", "small"))["same"] is True


def test_diff_tells_packages_files_and_causes_and_1(place: Path) -> None:
    before = keep(place, "small", place / "kept", jq="1", old="1")
    keep(place, "small", jq="22", new="1")
    result = run(place, "image", "diff", str(before), "small")
    assert result.exit_code == Kind.DRIFT.value
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "jq updated 1-1 22-1" in lines
    assert "old removed 1-1" in lines
    assert "/usr/bin/jq content +2.0 KiB jq 1-1 -> 22-1" in lines
    assert not [line for line in lines if line.startswith("/usr/bin/old")], "what a whole package took along is not listed"
    assert "2 more files differ: --files shows all" in lines
    assert "/usr/bin/new" in run(place, "image", "diff", str(before), "small", "--files").stdout


def test_diff_as_json_is_whole(place: Path) -> None:
    keep(place, "small", jq="1")
    keep(place, "large", jq="1", bash="5")
    result = run(place, "--json", "image", "diff", "small", "large")
    assert result.exit_code == Kind.DRIFT.value
    found = data(result)["difference"]
    assert [(one["name"], one["change"]) for one in found["packages"]] == [("bash", "added")]
    assert [(one["path"], one["cause"]) for one in found["files"]] == [("/usr/bin/bash", "bash added")]
    assert found["formats"] == ["oci"]


def test_diff_takes_the_folder_of_a_note(place: Path) -> None:
    folder = keep(place, "small", place / "kept", jq="1").parent
    assert run(place, "image", "diff", f"{folder}/", str(folder)).exit_code == 0


def test_diff_without_the_list_of_files_says_so(place: Path) -> None:
    note = keep(place, "small", place / "kept", jq="1")
    keep(place, "large", jq="2")
    image = json.loads(note.read_text())
    note.write_text(json.dumps(image | {"index": "f" * 64}))
    result = run(place, "image", "diff", str(note), "large")
    assert result.exit_code == Kind.DRIFT.value
    assert "files are not compared" in result.stderr
    assert "jq" in result.stdout


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("diff", "smal", "small"), Kind.USAGE),
        (("diff", "small", "large"), Kind.IMAGE),
        (("diff", "small", "nowhere/image.json"), Kind.IMAGE),
        (("size", "large"), Kind.IMAGE),
        (("size", "headwater.toml/"), Kind.IMAGE),
        (("plan", "smal"), Kind.USAGE),
    ],
)
def test_what_is_not_there_is_told(place: Path, words: tuple[str, ...], kind: Kind) -> None:
    keep(place, "small", jq="1")
    failure = run(place, "image", *words).exception
    assert isinstance(failure, Failure)
    assert failure.kind is kind
    assert failure.problems[0].hint


def test_a_note_that_is_none_is_told(place: Path) -> None:
    (place / "image.json").write_text('{"name": 1}')
    failure = run(place, "image", "size", str(place / "image.json")).exception
    assert isinstance(failure, Failure)
    assert "tells of no image" in failure.problems[0].what


def test_size_shows_bars_biggest_first_and_gathers_the_rest(place: Path) -> None:
    keep(place, "small", a="1", b="22", c="333", d="4")
    lines = run(place, "image", "size", "small", "--top", "2").stdout.splitlines()
    assert lines[0] == "small: 13.7 KiB in 5 paths of 4 packages"
    rows = [line.split() for line in lines[3:6]]
    assert [row[-1] for row in rows] == ["c", "b", "others"]
    assert rows[0][4] == "█" * 24
    assert any(line.endswith("/usr/bin") for line in lines)


def test_size_as_json_and_csv(place: Path) -> None:
    keep(place, "small", a="1", b="22")
    found = data(run(place, "--json", "image", "size", "small"))
    assert (found["size"], found["packages"][0]["name"], found["directories"][0]["size"]) == (6000, "b", 6000)
    assert "b,4000" in run(place, "-O", "csv", "image", "size", "small").stdout


def test_size_writes_a_drawing(place: Path) -> None:
    keep(place, "small", a="1", b="22")
    result = run(place, "image", "size", "small", "--svg", str(place / "small.svg"))
    assert result.exit_code == 0, result.exception
    assert "<title>b: 3.9 KiB, 66.7 %</title>" in (place / "small.svg").read_text()
    assert not list(place.glob(".small*")), "nothing is left beside it"
