"""Lines and columns of TOML keys."""

import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.config.places import Path, places_of

TEXT = '''# a remark with "quotes" and [brackets]
title = "x # no remark"
a.b = 1
"quoted \\" key".'literal "' = true

[table.deep]
text = """
[not] = "a table" \\""" = 1
"""""  # ends with two quotes of its own
raw = \'\'\'
]]\' = {\'\'\'
list = [ 1, # one
  "two,]", [3, 4],
  { a = 1, b.c = "}" },
]

[[rows]]
n = 1
  [[rows.inner]]
  z = 07:32:00
[rows.sub]
[[rows]]
n = -1.5e3
'''


def test_places_of_every_shape() -> None:
    places = places_of(TEXT)
    assert places["title",] == (2, 1)
    assert places["a",] == places["a", "b"] == (3, 1)
    assert places['quoted " key', 'literal "'] == (4, 1)
    assert places["table", "deep"] == (6, 1)
    assert places["table", "deep", "text"] == (7, 1)
    assert places["table", "deep", "raw"] == (10, 1)
    assert places["table", "deep", "list", 1] == (13, 3)
    assert places["table", "deep", "list", 2, 1] == (13, 16)
    assert places["table", "deep", "list", 3, "b", "c"] == (14, 12)
    assert places["rows", 0, "inner", 0] == (19, 3)
    assert places["rows", 0, "inner", 0, "z"] == (20, 3)
    assert places["rows", 0, "sub"] == (21, 1)
    assert places["rows", 1, "n"] == (23, 1)


def test_every_value_of_the_text_has_a_place() -> None:
    assert set(paths(tomllib.loads(TEXT))) == set(places_of(TEXT))


def paths(value: Any, path: Path = ()) -> list[Path]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += paths(inner, (*path, key))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            found += paths(inner, (*path, number))
    return found


texts = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=8)
scalars = st.one_of(st.integers(), st.booleans(), texts)
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)), max_leaves=8
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(texts, values, max_size=4))
def test_places_agree_with_tomllib(data: dict[str, Any]) -> None:
    text = "".join(f"{quoted(key)} = {written(value)}\n" for key, value in data.items())
    assert tomllib.loads(text) == data
    assert set(places_of(text)) == set(paths(data))


def written(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return quoted(value)
        case list():
            return "[ " + " # ]\n,".join(map(written, value)) + "\n]"
    return "{" + ", ".join(f"{quoted(key)} = {written(inner)}" for key, inner in value.items()) + "}"


def quoted(text: str) -> str:
    return (
        '"'
        + "".join(char if (char.isalnum() and char.isascii()) or char in "]}[{#,'" else f"\\U{ord(char):08x}" for char in text)
        + '"'
    )


def test_text_that_is_more_than_toml_1_0_has_its_places() -> None:
    places = places_of('a = { b = 1,\n  c = 2, }\r\n"\\x41\\e" = 3\n')
    assert places == {("a",): (1, 1), ("a", "b"): (1, 7), ("a", "c"): (2, 3), ("A\x1b",): (3, 1)}
