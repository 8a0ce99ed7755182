from __future__ import annotations

import enum
import json
import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent, ErrorEvent, EventManager, ExceptionEvent
from agentkit.core.stt.events import STTTranscriptEvent
from simulator.trace import Trace, attach, event_data

ALICE = Participant(original=object(), user_id="alice-account", id="alice")


class Mood(enum.IntEnum):
    CALM = 1


@dataclass(kw_only=True)
class WeatherEvent(BaseEvent):
    type: str = "weather"
    value: Any = None
    words: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class SampleEvent(BaseEvent):
    type: str = "sample"
    frequent: ClassVar[bool] = True


def test_a_transcript_becomes_its_participant_and_its_text() -> None:
    event = STTTranscriptEvent(
        participant=ALICE, text="hello", response=object(), session_id="s", plugin_name="deepgram"
    )
    assert event_data(event) == {"participant": "alice", "text": "hello"}


def test_an_event_about_nobody_has_no_participant() -> None:
    assert event_data(BaseEvent()) == {}


def test_an_error_becomes_its_class_and_what_it_says() -> None:
    event = ErrorEvent(error=TimeoutError("too slow"), context="synthesis")
    assert event_data(event) == {"error": "TimeoutError: too slow", "context": "synthesis", "temporary": True}


def test_an_address_in_a_message_does_not_reach_the_trace() -> None:
    error = TypeError(f"cannot use {object()!r}")
    assert event_data(ErrorEvent(error=error))["error"] == "TypeError: cannot use <object object at 0x...>"


def test_an_exception_event_leaves_out_the_event_it_was_about() -> None:
    event = ExceptionEvent(error=KeyError("x"), where="handler", event=BaseEvent())
    assert event_data(event) == {
        "error": "KeyError: 'x'",
        "context": "",
        "temporary": True,
        "where": "handler",
    }


def test_values_become_plain_json() -> None:
    def said(value: object) -> object:
        return event_data(WeatherEvent(value=value, words=["wet"]))["value"]

    assert said(Mood.CALM) == "CALM"
    assert said(np.float64(0.5)) == 0.5
    assert type(said(np.int64(3))) is int
    assert said((1, [2.5, None])) == [1, [2.5, None]]
    assert said({"a": True}) == {"a": True}
    assert said(math.inf) == "inf"


def test_a_field_that_is_not_json_is_left_out_as_a_whole() -> None:
    for value in (object(), b"sound", [1, object()], {1: "one"}, np.zeros(3)):
        assert event_data(WeatherEvent(value=value, words=["wet"])) == {"words": ["wet"]}


@given(
    st.recursive(
        st.floats() | st.text() | st.integers() | st.binary(), lambda x: st.lists(x) | st.tuples(x, x)
    )
)
def test_event_data_is_always_strict_json(value: object) -> None:
    data = event_data(WeatherEvent(value=value))
    assert json.loads(json.dumps(data, allow_nan=False)) == data


async def test_an_attached_trace_records_all_but_frequent_events() -> None:
    events = EventManager()
    trace = Trace(lambda: 5)
    remove = attach(events, trace)
    events.send(WeatherEvent(value="rain"), SampleEvent(), STTTranscriptEvent(participant=ALICE, text="hi"))
    remove()
    events.send(WeatherEvent(value="sun"))
    assert [(r.t_ns, r.source, r.kind) for r in trace] == [
        (5, "agent", "weather"),
        (5, "agent", "stt.transcript"),
    ]
    assert trace.records[0].data == {"value": "rain", "words": []}
    await events.close()
