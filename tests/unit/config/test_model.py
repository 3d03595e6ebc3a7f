"""The model, its defaults, its schema and its page agree."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import jsonschema
import msgspec
import pytest

from headwater.config.ground import Rule
from headwater.config.model import Component, ProjectRule
from headwater.config.overlays import OverlayBase
from headwater.config.schema import overlay_file_schema, rules_of, schema
from headwater.config.servers import EngineRule
from headwater.config.shapes import Field, Shape, form_of
from headwater.config.workshop import BridgeRule, ToolboxRule
from headwater.config.written import OverlayFile, ProjectFile

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "reference" / "format.md"
GOLDEN = ROOT / "tests" / "golden" / "config"
RULES = sorted(rules_of(ProjectFile) | rules_of(OverlayFile), key=lambda rule: rule.__name__)


def test_defaults_file_says_what_the_structs_say() -> None:
    data = tomllib.loads(files("headwater.config").joinpath("defaults.toml").read_text())
    for table, rule in (
        (data["project"], ProjectRule),
        (data["default-component-config"], Component),
        (data["toolbox"], ToolboxRule),
        (data["bridge"], BridgeRule),
        (data["engine"], EngineRule),
    ):
        assert msgspec.convert(table, rule) == rule(), rule


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
    form = form_of(rule)
    wanted = {key: (words_of(field.shape), default_of(rule, field)) for key, field in form.fields.items()}
    if form.tag:
        wanted = {"type": (f"`{form.tag}`", "required")} | wanted
    if issubclass(rule, OverlayBase):  # said once for all kinds
        wanted = {key: row for key, row in wanted.items() if key not in {"description", "metadata"}}
    assert described == wanted, f"{PAGE.name} and the model differ about {rule.__name__}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_forms_say_what_msgspec_says(rule: type[Rule]) -> None:
    form, shape = form_of(rule), msgspec.inspect.type_info(rule)
    required = {field.encode_name for field in shape.fields if field.required}
    assert {key for key, field in form.fields.items() if field.required} == required
    assert {field.encode_name for field in shape.fields} == {*form.fields, *form.given, "where"}
    assert (form.tag_field, form.tag) == (shape.tag_field, shape.tag)


def words_of(shape: Shape) -> str:
    if shape.path:
        return "path"
    if shape.item:
        return f"array of {words_of(shape.item)}s"
    if shape.entry:
        return f"table of {words_of(shape.entry)}s"
    if shape.enum:
        return " or ".join(f"`{each.value}`" for each in shape.enum if each.value)
    if shape.rules:
        return "table" if len(shape.rules) == 1 else "overlay" if len(shape.rules) > 5 else "origin"
    return {str: "string", int: "integer", bool: "boolean"}[shape.plain]


def default_of(rule: type[Rule], field: Field) -> str:
    if field.required:
        return "required"
    (found,) = [each for each in msgspec.structs.fields(rule) if each.name == field.name]
    value = found.default_factory() if found.default is msgspec.NODEFAULT else found.default
    value = msgspec.to_builtins(value)
    return f"`{msgspec.json.encode(value).decode()}`" if value else ""
