"""`why` follows a thing to the line, the archive or the .deb where it began."""

import msgspec
import pytest

from headwater.errors import Failure, Kind
from headwater.evidence import Chain, World, as_text, why
from headwater.origin import Origin


def kinds(chain: Chain) -> list[str]:
    return [link.kind for link in chain.links]


def places(chain: Chain) -> dict[str, Origin | None]:
    return {link.kind: link.where for link in chain.links}


def test_a_file_that_an_overlay_moved_leads_to_the_overlays_line(small_world: World) -> None:
    chain = why("base:/usr/bin/pigz", small_world)
    assert kinds(chain) == ["file", "image", "package", "build", "spec", "overlay", "upstream", "archive"]
    found = places(chain)
    assert found["image"] == Origin(file="base.toml", line=4)
    assert found["spec"] == Origin(file="pigz.spec", line=7)
    assert found["overlay"] == Origin(file="pigz.toml", line=16)
    assert found["archive"] == Origin(file="pigz.toml", line=5)
    overlay = chain.links[5]
    assert (overlay.what, overlay.reason) == ("spec-search-replace", "macros, not paths")
    assert chain.links[3].facts["archive/pigz-2.8.tar.gz"] == "a" * 64
    assert chain.unknown == ()


def test_a_file_that_no_files_line_names_says_that_it_is_not_known(small_world: World) -> None:
    chain = why("base:/usr/share/odd", small_world)
    assert "spec" not in kinds(chain)
    assert len(chain.unknown) == 1


def test_a_bridged_file_leads_through_its_fixup_to_the_deb(small_world: World) -> None:
    chain = why("base:/bin/sh", small_world)
    assert kinds(chain) == ["file", "image", "package", "fix-up", "bridge", "deb"]
    assert places(chain)["fix-up"] == Origin(file="bridge.toml", line=9)
    assert chain.links[-1].digest == "sha256:" + "6" * 64
    assert chain.links[1].reason == "pigz needs it"


def test_a_fixup_that_does_not_touch_a_file_stays_out_of_its_chain(small_world: World) -> None:
    assert "fix-up" not in kinds(why("base:/usr/bin/dash", small_world))


def test_a_made_file_leads_to_the_images_rule(small_world: World) -> None:
    chain = why("/etc/motd", small_world)
    assert kinds(chain) == ["file", "made", "rule"]
    assert chain.links[-1].where == Origin(file="base.toml", line=8)


@pytest.mark.parametrize(
    ("line", "kind", "where"),
    [
        (3, "overlay", Origin(file="pigz.toml", line=12)),
        (7, "overlay", Origin(file="pigz.toml", line=16)),
        (8, "unchanged", None),
    ],
)
def test_a_line_of_a_spec_names_who_wrote_it(small_world: World, line: int, kind: str, where: Origin | None) -> None:
    chain = why(f"pigz.spec:{line}", small_world)
    assert kinds(chain)[:2] == ["spec", kind]
    assert chain.links[1].where == where


def test_a_component_lists_its_deviations_and_where_it_comes_from(small_world: World) -> None:
    chain = why("pigz", small_world)
    assert kinds(chain) == ["component", "build", "rendered", "overlay", "overlay", "upstream", "archive"]
    assert chain.links[-2].digest == "sha512:" + "b" * 128


def test_a_package_by_its_full_name(small_world: World) -> None:
    assert kinds(why("pigz-2.8-1.x86_64", small_world))[0] == "package"


def test_an_image_lists_what_was_asked_for(small_world: World) -> None:
    chain = why("base", small_world)
    assert kinds(chain) == ["image", "asked for"]
    assert chain.links[0].facts["oci"] == "sha256:" + "d" * 64


@pytest.mark.parametrize("thing", ["pgz", "bse:/usr/bin/pigz", "base:/usr/bin/pgz", "pgz.spec:1", "pigz.spec:99", "/no/where"])
def test_an_unknown_thing_is_a_usage_problem(small_world: World, thing: str) -> None:
    with pytest.raises(Failure) as caught:
        why(thing, small_world)
    assert caught.value.kind is Kind.USAGE
    assert caught.value.problems[0].hint


def test_a_chain_is_text_and_json(small_world: World) -> None:
    chain = why("base:/usr/bin/pigz", small_world)
    text = as_text(chain)
    assert text.index("pigz.spec:7") < text.index("pigz.toml:16") < text.index("pigz-2.8.tar.gz\n")
    assert msgspec.json.decode(msgspec.json.encode(chain), type=Chain) == chain
