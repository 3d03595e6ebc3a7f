"""A run's timeline: what was heard becomes spans in lanes, a trace and a picture."""

import json
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.build.chart import COLOURS, draw
from headwater.build.timeline import Part, Recorder, Span, lanes, trace
from headwater.progress import Event, Outcome

SVG = "{http://www.w3.org/2000/svg}"


def recorded(*told: tuple[float, Event]) -> tuple[Span, ...]:
    now = [0.0]
    recorder = Recorder(clock=lambda: now[0])
    for now[0], event in told:
        recorder.tell(event)
    return recorder.spans()


def build(name: str, **what: object) -> Event:
    return Event(verb="build", name=name, **what)


HEARD = (
    (1.0, build("jq", reason="new")),
    (1.0, build("jq", phase="wait")),
    (1.0, build("jq", phase="root")),
    (2.0, build("jq", phase="%prep")),
    (2.5, build("jq", line="+ cd jq")),
    (3.0, build("jq", phase="%build")),
    (3.5, Event(verb="sign", name="2 packages")),
    (4.0, Event(verb="sign", name="2 packages", outcome=Outcome.DONE, seconds=0.5)),
    (7.0, build("jq", outcome=Outcome.FAILED, seconds=6.0)),
    (8.0, build("<b>&", reason='"quoted"')),
    (9.0, build("<b>&", phase="root")),
    (10.0, build("stray", phase="%build")),
)


def test_steps_have_their_times_and_their_parts() -> None:
    jq, sign, running = recorded(*HEARD)
    assert (jq.begun, jq.seconds, jq.outcome, jq.reason) == (1.0, 6.0, "failed", "new")
    assert [(part.name, part.begun, part.seconds) for part in jq.parts] == [("root", 1, 1), ("%prep", 2, 1), ("%build", 3, 4)]
    assert (sign.seconds, sign.parts) == (0.5, ())
    assert (running.outcome, running.seconds) == ("", 2.0)


def test_a_trace_has_what_perfetto_wants() -> None:
    events = json.loads(trace(recorded(*HEARD)))["traceEvents"]
    assert {event["ph"] for event in events} == {"M", "X"}
    names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    assert names == {1: "build", 2: "sign"}
    (whole,) = (event for event in events if event["name"] == "jq")
    assert (whole["ts"], whole["dur"], whole["args"]) == (1_000_000, 6_000_000, {"reason": "new", "outcome": "failed"})
    inside = [event for event in events if event["ph"] == "X" and event["cat"] == "phase" and event["ts"] < 7_000_000]
    assert sum(event["dur"] for event in inside) == whole["dur"]


def test_a_picture_is_xml_and_shows_all_that_was_done() -> None:
    text = draw("a <title>", recorded(*HEARD))
    root = ET.fromstring(text)  # noqa: S314 ours
    words = [one.text or "" for one in root.iter(f"{SVG}text")]
    assert words[0] == "a <title>"
    assert {"jq  6.0 s", "sign", "%prep", "%build"} <= set(words)
    assert any(word.startswith("<b>&") for word in words)
    told = [one.text or "" for one in root.iter(f"{SVG}title")]
    assert told[0].splitlines()[:2] == ["build jq (new): failed, 6.0 s", "root 1.0 s"]


@pytest.mark.parametrize("spans", [(), (Span(verb="build", name="jq", outcome="cached", begun=0, seconds=0),)])
def test_where_nothing_was_done_a_picture_is_empty_and_whole(spans: tuple[Span, ...]) -> None:
    assert ET.fromstring(draw("nothing", spans)).tag == f"{SVG}svg"  # noqa: S314 ours


TIMES = st.floats(0, 1e6).map(lambda number: round(number, 3))
PARTS = st.builds(Part, name=st.sampled_from([*COLOURS, "%odd"]), begun=TIMES, seconds=TIMES)
SPANS = st.builds(
    Span,
    verb=st.sampled_from(["build", "sign", "solve"]),
    name=st.text(max_size=30),
    outcome=st.sampled_from(["done", "failed", "cached", ""]),
    begun=TIMES,
    seconds=TIMES,
    parts=st.lists(PARTS, max_size=3).map(tuple),
)


@given(st.lists(SPANS, max_size=12))
def test_lanes_hold_all_and_nothing_overlaps(spans: list[Span]) -> None:
    found = lanes(spans)
    assert sorted(map(repr, (span for lane in found for span in lane.spans))) == sorted(map(repr, spans))
    for lane in found:
        assert all(one.end <= other.begun for one, other in pairwise(lane.spans))
    assert len({lane.name for lane in found}) == len(found)


@given(st.lists(SPANS, max_size=12))
def test_any_run_can_be_drawn_and_traced(spans: list[Span]) -> None:
    ET.fromstring(draw("any", spans))  # noqa: S314 ours
    assert all(event["dur"] >= 0 for event in json.loads(trace(spans))["traceEvents"] if event["ph"] == "X")
