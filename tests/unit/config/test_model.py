"""The model, its defaults, its schema and its page agree."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from headwater.config import pending
from headwater.config.ground import Rule
from headwater.config.model import BridgeRule, Component, ProjectRule, ToolboxRule
from headwater.config.overlays import OverlayBase
from headwater.config.schema import _rules, overlay_file_schema, schema
from headwater.config.typed import is_writable, shape_of
from headwater.config.written import OverlayFile, ProjectFile

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "format.md"
GOLDEN = ROOT / "tests" / "golden" / "config"
RULES = sorted(_rules(ProjectFile) | _rules(OverlayFile), key=lambda rule: rule.__name__)


def keys(rule: type[Rule]) -> set[str]:
    return {field.encode_name for field in shape_of(rule).fields if is_writable(field)}


def test_defaults_file_says_what_the_structs_say() -> None:
    data = tomllib.loads(files("headwater.config").joinpath("defaults.toml").read_text())
    for table, rule in (
        (data["project"], ProjectRule),
        (data["default-component-config"], Component),
        (data["toolbox"], ToolboxRule),
        (data["bridge"], BridgeRule),
    ):
        assert msgspec.convert(table, rule) == rule(), rule


@pytest.mark.parametrize("rule", pending.KEYS, ids=lambda rule: rule.__name__)
def test_what_is_not_read_yet_is_not_in_the_model(rule: type[Rule]) -> None:
    assert not pending.KEYS[rule] & keys(rule)


def good_files() -> list[Path]:
    return sorted(GOLDEN.glob("good-*/**/*.toml"))


@pytest.mark.parametrize("path", good_files(), ids=lambda path: str(path.relative_to(GOLDEN)))
def test_schema_takes_good_files(path: Path) -> None:
    data = tomllib.loads(path.read_text())
    jsonschema.validate(data, overlay_file_schema() if "metadata" in data else schema())


@pytest.mark.parametrize(
    "fault", ["unknown-key", "wrong-type", "overlay-key-missing", "where-written-by-hand", "image-kind-unknown"]
)
def test_schema_refuses_bad_files(fault: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads((GOLDEN / fault / "headwater.toml").read_text()), schema())


def page_tables() -> dict[str, dict[str, tuple[str, str]]]:
    """`<!-- Name -->` before a table of `| key | type | default | ... |`: struct -> key -> type and default."""
    tables: dict[str, dict[str, tuple[str, str]]] = {}
    name = ""
    for line in PAGE.read_text().splitlines():
        if match := re.fullmatch(r"<!-- (\w+) -->", line):
            name = match[1]
            tables[name] = {}
        elif line.startswith("#"):
            name = ""
        elif line.startswith("| `") and name:
            key, kind, default, _ = (cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|", 3))
            tables[name][key.strip("`")] = (kind, default)
    return tables


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_page_names_every_key_type_and_default(rule: type[Rule]) -> None:
    described = page_tables().get(rule.__name__, {})
    shape = shape_of(rule)
    wanted = {field.encode_name: (words_of(field.type), default_of(field)) for field in shape.fields if is_writable(field)}
    if shape.tag:
        wanted = {"type": (f"`{shape.tag}`", "required")} | wanted
    if issubclass(rule, OverlayBase):  # said once for all kinds
        wanted = {key: row for key, row in wanted.items() if key not in {"description", "metadata"}}
    assert described == wanted, f"{PAGE.name} and the model differ about {rule.__name__}"


def test_page_names_what_is_not_read_yet() -> None:
    page = PAGE.read_text()
    section = page[page.index("## Not read yet") :]
    for rule, names in pending.KEYS.items():
        for name in names:
            assert f"`{name}`" in section, f"{rule.__name__}.{name}"


def words_of(shape: Any) -> str:  # noqa: PLR0911 one for each type of the format
    match shape:
        case msgspec.inspect.Metadata():
            return "path" if shape.extra and shape.extra.get("path") else words_of(shape.type)
        case msgspec.inspect.UnionType():
            kinds = [each for each in shape.types if not isinstance(each, msgspec.inspect.NoneType)]
            return words_of(kinds[0]) if len(kinds) == 1 else "overlay" if len(kinds) > 5 else "origin"
        case msgspec.inspect.VarTupleType():
            return f"array of {words_of(shape.item_type)}s"
        case msgspec.inspect.DictType():
            return f"table of {words_of(shape.value_type)}s"
        case msgspec.inspect.StructType():
            return "table"
        case msgspec.inspect.EnumType():
            return " or ".join(f"`{each.value}`" for each in shape.cls if each.value and each.value not in pending.VALUES)
    return {"StrType": "string", "IntType": "integer", "BoolType": "boolean"}[type(shape).__name__]


def default_of(field: msgspec.inspect.Field) -> str:
    if field.required:
        return "required"
    value = field.default_factory() if field.default is msgspec.inspect.NODEFAULT else field.default
    value = msgspec.to_builtins(value)
    return f"`{msgspec.json.encode(value).decode()}`" if value else ""
