"""Projects: whatever stands in the TOML, reading gives a project or problems with their places, and touches no file."""

import tempfile
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rtoml
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.config import Given, Reading, read_project
from headwater.config.places import places_of
from headwater.config.verbs import Channels, Style, trace, view
from headwater.errors import Failure, Kind

pytestmark = pytest.mark.timeout(300)
FUZZ = settings(settings.get_profile("fuzz"))
CASES = sorted((Path(__file__).parents[1] / "golden" / "config").glob("good-*"))
FILES = [path for case in CASES for path in sorted(case.rglob("*.toml"))]
TOML = st.recursive(
    st.sampled_from(["", "x", "\0", "../x", "[", "**/{a,b}", "%", "9999-99-99", "file:///", "https://a.invalid/$pkg", "SHA512"])
    | st.text(st.characters(codec="utf-8"), max_size=5)
    | st.sampled_from([0, -1, 1, 2**63 - 1, True, False, 0.5, float("inf")])
    | st.dates()
    | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "name", "spec", "a.b", ""]), inner, max_size=2)
    ),
    max_leaves=6,
)
Place = tuple[Any, Any]  # a table or an array, and a key or index of it


def places(value: Any) -> Iterator[Place]:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from places(value[key])


@st.composite
def bent(draw: Callable[[Any], Any], text: str) -> bytes:
    """A good file with some of its values replaced, moved, renamed or gone."""
    table = tomllib.loads(text)
    for _ in range(draw(st.integers(1, 3))):
        there = list(places(table))
        if there:
            home, key = draw(st.sampled_from(there))
            other_home, other = draw(st.sampled_from(there))
            match draw(st.sampled_from(["put", "move", "drop", "rename", "double"])):
                case "put":
                    home[key] = draw(TOML)
                case "move":
                    home[key] = other_home[other] if not is_below(other_home[other], home) else "x"
                case "drop":
                    del home[key]
                case "rename" if isinstance(home, dict):
                    home[draw(st.sampled_from(["x", str(other), f"{key}s"]))] = home.pop(key)
                case _ if isinstance(home, list):
                    home.append(home[key])
                case _:
                    pass
    return rtoml.dumps(table).encode()


def is_below(value: Any, home: Any) -> bool:
    return value is home or any(inner[key] is home for inner, key in places(value))


@pytest.fixture(scope="module")
def checked(outcome) -> Callable[..., None]:
    """Read the project of one of the cases with another content of one file, in every way that there is."""

    def check(path: Path, content: bytes, *, azldev: bool, permissive: bool, lines: bool) -> None:
        case = next(case for case in CASES if path.is_relative_to(case))
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "project"
            for file in case.rglob("*"):
                if file.is_file():
                    place = root / file.relative_to(case)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(content if file == path else file.read_bytes())
            old = next(root / name for name in ("headwater.toml", "azldev.toml") if (root / name).exists())
            first = old.rename(root / ("azldev.toml" if azldev else "headwater.toml"))
            before = sorted(Path(folder).rglob("*"))
            read = outcome(lambda: whole(first, Given(permissive=permissive), places=lines))
            assert sorted(Path(folder).rglob("*")) == before
            problems = read.problems if isinstance(read, Failure) else read.findings.problems
            for problem in problems:
                assert problem.kind is Kind.CONFIG
                assert problem.where, problem
                there = (root / problem.where.file).read_bytes() if problem.where.line else b""
                assert problem.where.line <= there.count(b"\n") + 1
            if not isinstance(read, Failure):
                shown(read, outcome)

    return check


def whole(path: Path, given: Given, *, places: bool) -> Reading:
    reading = read_project(path, given, places=places)
    assert reading.project.root == path.parent
    return reading


def shown(reading: Reading, outcome) -> None:
    """What was read can be shown, and each of its components traced to a line."""
    for style in Style:
        view(reading.file, style)
        for component in reading.project.components.values():
            view(component, style)
    outcome(lambda: Channels(reading.project))
    for name in reading.heirs.own:
        if not {'"', "\\"} & set(name):
            assert trace(reading, f'components."{name}"')


@given(path=st.sampled_from(FILES), data=st.data(), azldev=st.booleans(), permissive=st.booleans(), lines=st.booleans())
@FUZZ
def test_a_bent_project_is_read_or_refused(path: Path, data: st.DataObject, checked, **how: bool) -> None:
    checked(path, data.draw(bent(path.read_text())), **how)


@given(path=st.sampled_from(FILES), data=st.data(), azldev=st.booleans(), permissive=st.booleans(), lines=st.booleans())
@FUZZ
def test_a_spoilt_file_is_read_or_refused(path: Path, data: st.DataObject, spoilt, checked, **how: bool) -> None:
    checked(path, data.draw(spoilt(path.read_bytes()) | st.binary(max_size=80)), **how)


@pytest.mark.parametrize(
    "content",
    [
        b"x = " + b"9" * 5000,
        b"x = " + b"[" * 5000 + b"]" * 5000,
        b"a." * 3000 + b"b = 1",
        b"x = {a = " * 3000 + b"1" + b"}" * 3000,
    ],
    ids=["long", "deep", "long-key", "deep-table"],
)
def test_what_pythons_own_reader_dies_of_is_refused(content: bytes, checked) -> None:
    checked(FILES[0], content, azldev=False, permissive=False, lines=True)


@given(value=TOML)
@FUZZ
def test_every_value_has_its_place(value: Any) -> None:
    text = rtoml.dumps({"x": value, "y": [{"z": value}]})
    found = places_of(text)
    table = tomllib.loads(text)
    missing = [path for path in paths(table) if path not in found]
    assert not missing
    assert all(1 <= line <= text.count("\n") + 1 and column >= 1 for line, column in found.values())


def paths(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    keys = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in keys:
        yield (*above, key)
        yield from paths(inner, (*above, key))
