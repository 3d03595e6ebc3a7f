"""Which server is meant: option, environment, one's own configuration."""

from pathlib import Path

from headwater.cli.servers import server_of
from headwater.config.servers import EngineRule

OWN = EngineRule(url="grpcs://own.example", ca="/own/ca", token_file="/own/token")


def test_nobody_names_a_server() -> None:
    assert server_of("engine", None, EngineRule(), {}) is None


def test_an_option_goes_before_the_configuration_and_may_end_it() -> None:
    assert server_of("engine", None, OWN, {}).url == "grpcs://own.example"
    assert server_of("engine", "grpcs://other.example", OWN, {}).url == "grpcs://other.example"
    assert server_of("engine", "local", OWN, {}) is None


def test_another_server_is_told_no_token_of_ours() -> None:
    assert server_of("engine", "grpcs://own.example", OWN, {}).token_file == Path("/own/token")
    other = server_of("engine", "grpcs://other.example", OWN, {})
    assert (other.token_file, other.ca) == (None, None)


def test_the_environment_lets_in() -> None:
    said = {"HEADWATER_ENGINE_CA": "/env/ca", "HEADWATER_ENGINE_TOKEN": "t", "HEADWATER_CACHE_KEY": "/k"}
    server = server_of("engine", None, OWN, said)
    assert (server.ca, server.token_file, server.token_variable) == (Path("/env/ca"), None, "HEADWATER_ENGINE_TOKEN")
    assert server_of("cache", "grpcs://results.example", EngineRule(), said).key == Path("/k")
