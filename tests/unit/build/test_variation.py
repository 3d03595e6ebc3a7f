"""A second build's script, environment and macros have the other world's words, and traces of that world are seen."""

import gzip

from headwater.build.rpmbuild import environment, recipe
from headwater.build.signs import signs
from headwater.build.variation import ALL, TOLD, Aspect, beginning, varied_environment, varied_for, varied_macros, varied_script
from headwater.config.model import BuildRule

SCRIPT = recipe("x.spec", "", BuildRule()).script


def test_everything_that_is_varied_is_told() -> None:
    assert TOLD.keys() == ALL
    assert all(first != second for first, second in TOLD.values())


def test_the_script_of_another_place_names_it_everywhere() -> None:
    varied = varied_script(SCRIPT, ALL)
    assert "/other/SPECS/x.spec" in varied
    assert "/build/" not in varied
    assert "umask 077" in varied


def test_programs_stay_in_their_place_where_their_build_ids_would_follow_it() -> None:
    compiled, short, long = ["x-1-1.x86_64.rpm", "x-1-1.src.rpm"], "a" * 32, "a" * 40
    assert varied_for(["x-1-1.noarch.rpm", "x-1-1.src.rpm"]) == ALL
    assert varied_for(compiled) == ALL - {Aspect.PATH}, "nothing is known of them"
    assert varied_for(compiled, [short, long]) == ALL - {Aspect.PATH}
    assert varied_for(compiled, [short, short]) == ALL


def test_without_variation_nothing_is_otherwise() -> None:
    usual = environment(0)
    assert varied_script(SCRIPT, frozenset()) == SCRIPT
    assert varied_environment(usual, frozenset(), locale=True) == usual
    assert varied_macros(frozenset()) == ""
    assert beginning(frozenset({Aspect.PATH})) == ("/varied/begin",)


def test_a_time_in_a_header_of_gzip_is_seen() -> None:
    one, two = (gzip.compress(b"same", mtime=time) for time in (1, 2))
    assert any(said.startswith("gzip") for said in signs("x.gz", one, two))


def test_traces_are_seen_where_only_the_second_has_them() -> None:
    assert any("host name" in said for said in signs("x", b"on buildbox", b"on elsewhere"))
    assert any("place of the build" in said for said in signs("x", b"/build/x", b"/other/x"))
    assert not signs("x", b"on elsewhere, twice", b"on elsewhere, thrice")
    assert any("another order" in said for said in signs("x", b"a\nb\n", b"b\na\n"))
