"""Bills of materials: valid in the eyes of the formats' own validators, complete, the same bytes each time."""

import hashlib
import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.jsonschema.document_converter import DocumentConverter
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from headwater.evidence import World
from headwater.rpm import Header
from headwater.rpm.licence import expression
from headwater.rpm.model import Rpm
from headwater.sbom import Facts, Headers, Source, every_sbom, sboms, write_sboms


@pytest.fixture
def facts(small_world: World) -> Facts:
    source = Source(archives={"pigz-2.8.tar.gz": "b" * 128}, deviations=2)
    return Facts(
        distro="alki",
        version="0",
        vendor="Alki Linux",
        sources={"pigz": source},
        debs=small_world.debs,
    )


@pytest.fixture
def headers(small_world: World) -> Headers:
    return lambda packages: [small_world.headers[rpm.digest] for rpm in packages]


@pytest.fixture
def documents(small_world: World, facts: Facts, headers: Headers) -> dict[str, bytes]:
    return sboms(small_world.images["base"], facts, headers, small_world.store)


@pytest.fixture
def written(documents: dict[str, bytes]) -> dict[str, Any]:
    return {name: json.loads(data) for name, data in documents.items()}


def test_spdx_is_valid(written: dict[str, Any]) -> None:
    document = JsonLikeDictParser().parse(written["base.spdx.json"])
    assert validate_full_spdx_document(document) == []


def test_cyclonedx_is_valid(written: dict[str, Any]) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(written["base.cdx.json"])) is None


def test_the_validators_refuse_what_is_wrong(written: dict[str, Any]) -> None:
    spdx, cyclonedx = written["base.spdx.json"], written["base.cdx.json"]
    spdx["files"][0]["checksums"] = spdx["files"][0]["checksums"][1:]
    cyclonedx["components"][0]["type"] = "rock"
    assert validate_full_spdx_document(JsonLikeDictParser().parse(spdx))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(cyclonedx)) is not None


def test_spdx_names_every_package_with_licence_origin_digest_and_files(written: dict[str, Any], small_world: World) -> None:
    document = written["base.spdx.json"]
    packages = {package["name"]: package for package in document["packages"]}
    assert set(packages) == {"base", "dash", "pigz"}
    assert packages["pigz"]["licenseDeclared"] == "Zlib"
    assert "b" * 128 in packages["pigz"]["sourceInfo"]
    assert "6" * 64 in packages["dash"]["sourceInfo"]
    assert packages["dash"]["supplier"] == "Organization: Alki Linux"
    assert packages["dash"]["checksums"][0]["checksumValue"] == small_world.packages[0].digest
    sums = {
        file["fileName"]: {one["algorithm"]: one["checksumValue"] for one in file["checksums"]} for file in document["files"]
    }
    assert set(sums) == {"./etc/motd", "./usr/bin/dash", "./usr/bin/pigz", "./usr/share/odd"}
    sha1 = hashlib.sha1(b"dash", usedforsecurity=False).hexdigest()
    assert sums["./usr/bin/dash"] == {"SHA1": sha1, "SHA256": hashlib.sha256(b"dash").hexdigest()}


def test_a_licence_that_is_no_expression_keeps_its_words(written: dict[str, Any]) -> None:
    [extracted] = written["base.spdx.json"]["hasExtractedLicensingInfos"]
    assert extracted["extractedText"] == "BSD-3-Clause AND Odd Terms"


def test_cyclonedx_names_packages_files_and_the_deb(written: dict[str, Any]) -> None:
    document = written["base.cdx.json"]
    components = {component["name"]: component for component in document["components"]}
    assert components["pigz"]["purl"] == "pkg:rpm/alki/pigz@2.8-1?arch=x86_64"
    assert components["pigz"]["licenses"] == [{"expression": "Zlib"}]
    assert [file["name"] for file in components["pigz"]["components"]] == ["/usr/bin/pigz", "/usr/share/odd"]
    assert components["dash"]["pedigree"]["ancestors"][0]["purl"] == "pkg:deb/debian/dash@0.5?arch=amd64"
    assert [file["name"] for file in document["metadata"]["component"]["components"]] == ["/etc/motd"]
    assert document["metadata"]["timestamp"].startswith("1970-01-01T00:00:01")


def test_the_library_of_spdx_would_write_the_same(written: dict[str, Any]) -> None:
    document = JsonLikeDictParser().parse(written["base.spdx.json"])
    assert DocumentConverter().convert(document) == written["base.spdx.json"]


def test_the_library_of_cyclonedx_would_write_the_same_but_for_names_of_files(written: dict[str, Any]) -> None:
    document = written["base.cdx.json"]
    for component in (document["metadata"]["component"], *document["components"]):
        del component["components"]  # the library names each, so that it can be referred to
    bom = Bom.from_json(document)  # type: ignore[attr-defined]  # made by its decorator
    assert json.loads(JsonV1Dot6(bom).output_as_string()) == document


@pytest.mark.parametrize(
    "kept", [("sbom",), ("sbom", "sbom-part"), ("sbom", "sbom-part", "described"), ("sbom", "sbom-part", "sha1")]
)
def test_the_same_image_gives_the_same_bytes(
    kept: tuple[str, ...], documents: dict[str, bytes], facts: Facts, headers: Headers, small_world: World
) -> None:
    for kind in kept:
        for path in (small_world.store.root / "results" / kind).iterdir():
            path.unlink()
    assert sboms(small_world.images["base"], facts, headers, small_world.store) == documents


@pytest.mark.parametrize(
    "other",
    [
        {"vendor": "Somebody"},
        {"version": "1"},
        {"distro": "other"},
        {"debs": {}},
        {"sources": {}},
        {"sources": {"pigz": Source(archives={}, deviations=2)}},
    ],
)
def test_other_facts_are_told(
    other: dict[str, Any], documents: dict[str, bytes], facts: Facts, headers: Headers, small_world: World
) -> None:
    others = msgspec.structs.replace(facts, **other)
    assert sboms(small_world.images["base"], others, headers, small_world.store) != documents


def test_packages_are_asked_once(documents: dict[str, bytes], facts: Facts, headers: Headers, small_world: World) -> None:
    image, store = small_world.images["base"], small_world.store
    asked: list[Rpm] = []

    def ask(packages: Sequence[Rpm]) -> Sequence[Header]:
        asked.extend(packages)
        return headers(packages)

    renamed = sboms(msgspec.structs.replace(image, name="other"), facts, ask, store)
    assert len(renamed) == len(documents)
    assert not asked
    sboms(image, msgspec.structs.replace(facts, vendor="Somebody"), ask, store)
    assert asked == list(image.packages)


def test_files_are_written_once(small_world: World, facts: Facts, headers: Headers, tmp_path: Path) -> None:
    def write() -> tuple[Path, ...]:
        every = (every_sbom(one, facts, headers, small_world.store) for one in small_world.images.values())
        return write_sboms(itertools.chain(*every), tmp_path / "sbom")

    paths = write()
    times = [path.stat().st_mtime_ns for path in paths]
    assert [path.name for path in paths] == ["base.spdx.json", "base.cdx.json"]
    assert [path.stat().st_mtime_ns for path in write()] == times


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("MIT", "MIT"),
        ("gpl-2.0-or-later AND LicenseRef-debian-public-domain", "GPL-2.0-or-later AND LicenseRef-debian-public-domain"),
        ("(none)", None),
        ("", None),
    ],
)
def test_expressions(said: str, expected: str | None) -> None:
    assert expression(said) == expected


@pytest.mark.parametrize("said", ["Odd Terms", "AND", "MIT (", "LicenseRef-a b", "MIT and / or \x00"])
def test_what_is_no_expression_becomes_a_reference(said: str) -> None:
    assert (expression(said) or "").startswith("LicenseRef-Headwater-")
