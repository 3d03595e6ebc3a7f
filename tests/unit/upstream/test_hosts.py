"""Hosts that do not answer are waited for once."""

import socket
import time

import pytest

from headwater.upstream import hosts
from headwater.upstream.hosts import Refused


@pytest.fixture(autouse=True)
def afresh() -> None:
    hosts.forget()


def test_a_host_has_no_password() -> None:
    assert hosts.host_of("https://me:secret@a.invalid:8443/x") == "a.invalid:8443"
    assert not hosts.host_of("file:///srv/x")


def test_a_host_that_was_given_up_is_refused_to_all() -> None:
    assert isinstance(hosts.give_up("a.invalid", "it hangs"), Refused)
    with pytest.raises(Refused, match="it hangs"):
        hosts.check("a.invalid")
    hosts.check("b.invalid")


def test_a_host_that_answered_somebody_else_is_not_given_up() -> None:
    begun = time.monotonic()
    hosts.heard("a.invalid")
    hosts.give_up("a.invalid", "one repository of it hangs", since=begun)
    hosts.check("a.invalid")


def test_a_port_that_is_closed_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/x"
        with pytest.raises(Refused):
            hosts.reach(url, 1)
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("asked again"))
    with pytest.raises(Refused):
        hosts.reach(url, 1)


def test_a_port_that_is_open_and_what_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        hosts.reach(f"http://127.0.0.1:{server.getsockname()[1]}/x", 1)
    hosts.reach("file:///srv/x", 1)
    monkeypatch.setenv("https_proxy", "http://proxy.invalid")
    hosts.reach("https://nowhere.invalid/x", 1)


def test_a_run_that_is_ended_asks_and_waits_no_more() -> None:
    hosts.stop()
    begun = time.monotonic()
    hosts.wait(9, 30)
    assert time.monotonic() - begun < 1
    with pytest.raises(Refused):
        hosts.check("a.invalid")
    hosts.forget()
    hosts.check("a.invalid")


def test_pauses_double_and_are_never_alike() -> None:
    pauses = {hosts.pause(attempt, 2) for attempt in (1, 1, 2, 2, 9, 9)}
    assert len(pauses) == 6
    assert 1.5 <= hosts.pause(1, 2) <= 2.5
    assert 3 <= hosts.pause(2, 2) <= 5
    assert hosts.pause(50, 2) <= 37.5
