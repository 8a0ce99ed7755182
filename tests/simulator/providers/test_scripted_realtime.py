"""A realtime model without a model: what it says when, and how it misbehaves when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from getstream.video.rtc.track_util import PcmData

from agentkit.core.edge.types import Participant
from agentkit.core.events import BaseEvent
from agentkit.core.llm.realtime_events import (
    RealtimeAudioOutputEvent,
    RealtimeConnectedEvent,
    RealtimeDisconnectedEvent,
)
from simulator.clock import run
from simulator.providers import Hang, Then
from simulator.providers.realtime import ScriptedRealtime

ANSWER = "The red one, I would say."


def connected(**options: Any) -> Callable[[], ScriptedRealtime]:
    """What makes a model with a session."""

    def make() -> ScriptedRealtime:
        model = ScriptedRealtime(**({"default": ANSWER} | options))
        model._emit_connected_event()
        return model

    return make


def sound(events: list[Any]) -> np.ndarray[Any, Any]:
    chunks = [e.event.data.samples for e in events if e.type == "realtime.audio_output"]
    return np.concatenate(chunks) if chunks else np.zeros(0, np.int16)


def told(events: list[Any]) -> str:
    return "".join(e.event.text for e in events if e.type == "realtime.agent_speech_transcription")


def of_type(events: list[Any], kind: str) -> list[Any]:
    return [e for e in events if e.type == f"realtime.{kind}"]


def test_a_turn_is_answered_aloud_once_it_is_over(hear: Any) -> None:
    events = hear(connected(endpointing_s=0.4, first_audio=0.3), "which 0.1-0.4, one 0.5-0.9")
    answer = of_type(events, "audio_output")
    assert answer[0].ms == 900 + 400 + 300
    assert told(events) == ANSWER
    assert of_type(events, "audio_output_done")[0].ms >= answer[-1].ms
    assert {e.event.response_id for e in answer} == {"response-1"}


def test_sound_comes_faster_than_it_plays(hear: Any) -> None:
    events = hear(connected(realtime_factor=5, sample_rate=16000), "which 0.1-0.4")
    answer = of_type(events, "audio_output")
    plays_ms = 1000 * len(sound(events)) / 16000
    assert answer[-1].ms - answer[0].ms <= plays_ms / 5
    assert all(len(e.event.data.samples) <= 1600 for e in answer)
    assert np.abs(sound(events)).max() > 1000


def test_words_are_told_before_their_sound_comes(hear: Any) -> None:
    events = [e for e in hear(connected(), "which 0.1-0.4") if "agent_speech" in e.type or "output" in e.type]
    assert "agent_speech" in events[0].type
    assert events[1].type == "realtime.audio_output"
    assert events[-1].type == "realtime.audio_output_done"


def test_a_late_transcript_comes_in_one_piece_after_the_sound(hear: Any) -> None:
    events = hear(connected(late_transcript=True), "which 0.1-0.4")
    kinds = [e.type for e in events if "agent_speech" in e.type or "done" in e.type]
    assert kinds == ["realtime.audio_output_done", "realtime.agent_speech_transcription"]
    assert told(events) == ANSWER


def test_what_the_person_said_is_told_when_the_answer_has_begun(hear: Any) -> None:
    events = hear(connected(endpointing_s=0.5, user_transcript=0.6), "which 0.1-0.4, one? 0.5-0.9")
    (understood,) = of_type(events, "user_speech_transcription")
    assert understood.event.text == "which one?"
    assert understood.ms == 900 + 500 + 600
    assert understood.ms > of_type(events, "audio_output")[0].ms


def test_it_says_when_people_take_turns_if_it_is_to(hear: Any) -> None:
    events = hear(connected(turn_events=True, endpointing_s=0.5), "which 0.1-0.4, one 0.7-0.9")
    turns = [(e.ms, e.who, e.type) for e in events if e.type.startswith("turn.")]
    assert turns == [(120, "alice", "turn.started"), (1400, "alice", "turn.ended")]
    assert not [e for e in hear(connected(), "which 0.1-0.4") if e.type.startswith("turn.")]


def test_each_person_is_answered_after_the_other(hear: Any, speaker: Any) -> None:
    people = {"alice": speaker("red 0.1-0.4"), "bob": speaker("blue 0.2-0.5")}
    model = connected(rules={"red": "Red it is.", "blue": "Blue it is."}, default=None)
    ids = [e.event.response_id for e in of_type(hear(model, people), "audio_output")]
    assert ids == sorted(ids)
    assert set(ids) == {"response-1", "response-2"}


def test_sound_need_not_say_which_response_it_belongs_to(hear: Any) -> None:
    events = hear(connected(response_ids=False), "which 0.1-0.4")
    assert {e.event.response_id for e in of_type(events, "audio_output")} == {""}


def test_it_stops_a_while_after_it_was_interrupted(hear: Any) -> None:
    def interrupted(**options: Any) -> list[Any]:
        model = connected(default="One two three four five six.", realtime_factor=1, first_audio=0, **options)
        events: list[Any] = hear(model, "which 0.1-0.4", seconds=1.5, then=lambda model: model.interrupt())
        return of_type(events, "audio_output")

    assert 1400 <= interrupted()[-1].ms <= 1500
    assert 1700 <= interrupted(stop_latency=0.3)[-1].ms <= 1800
    assert len(interrupted(ignores_interrupt=True)) > len(interrupted(stop_latency=0.3))


def test_a_prompt_is_answered_aloud() -> None:
    async def ask() -> tuple[str, list[BaseEvent]]:
        model = ScriptedRealtime(answers=["Good evening."])
        events: list[BaseEvent] = []
        model.events.tap(events.append)
        await model.connect()
        response = await model.simple_response("Greet them.")
        await asyncio.sleep(2)
        await model.close()
        return response.text, events

    text, events = run(ask())
    assert text == "Good evening."
    assert events[0].type == "realtime.connected"
    assert [e.type for e in events][-2:] == ["realtime.audio_output_done", "realtime.disconnected"]


def test_a_prompt_without_an_answer_fails_for_whoever_gave_it() -> None:
    async def ask() -> None:
        model = ScriptedRealtime(answers=[PermissionError("403")])
        await model.connect()
        try:
            await model.simple_response("Greet them.")
        finally:
            await model.close()

    with pytest.raises(PermissionError):
        run(ask())


def test_a_failing_answer_is_an_event(hear: Any) -> None:
    events = hear(connected(default=ConnectionError("overloaded")), "which 0.1-0.4")
    (failed,) = of_type(events, "error")
    assert failed.event.error_message == "ConnectionError: overloaded"
    assert len(sound(events)) == 0


def test_an_answer_may_fail_in_the_middle(hear: Any) -> None:
    events = hear(connected(default=Then("The red", ConnectionError("reset"))), "which 0.1-0.4")
    assert told(events) == "The red"
    assert of_type(events, "error")
    assert not of_type(events, "audio_output_done")


def test_it_may_never_answer_and_still_be_closed(hear: Any) -> None:
    events = hear(connected(default=Hang()), "which 0.1-0.4")
    assert [e.type for e in events if e.type.startswith("realtime")][-1] == "realtime.disconnected"
    assert len(sound(events)) == 0


def test_it_loses_the_connection_in_the_middle_of_a_response_once() -> None:
    async def ask_twice() -> list[BaseEvent]:
        model = ScriptedRealtime(default=ANSWER, disconnects_after_s=0.5)
        events: list[BaseEvent] = []
        model.events.tap(events.append)
        for _ in range(2):
            await model.connect()
            await model.simple_response("which one?")
            await asyncio.sleep(2)
        await model.close()
        return events

    events = run(ask_twice())
    sessions = [e for e in events if isinstance(e, RealtimeConnectedEvent | RealtimeDisconnectedEvent)]
    assert [getattr(e, "was_clean", "connected") for e in sessions] == ["connected", False, "connected", True]
    lost = events.index(sessions[1])
    before = sum(len(e.data.samples) for e in events[:lost] if isinstance(e, RealtimeAudioOutputEvent))
    assert 0.5 <= before / 24000 <= 0.6
    done = [e for e in events if e.type == "realtime.audio_output_done"]
    assert [getattr(e, "response_id", "") for e in done] == ["response-2"]


def test_without_a_session_it_says_what_to_do() -> None:
    async def hear_unconnected() -> None:
        pcm = PcmData(16000, "s16", np.zeros(320, np.int16))
        await ScriptedRealtime(default=ANSWER).simple_audio_response(pcm, Participant(None, "a", "a"))

    with pytest.raises(ConnectionError, match=r"connect\(\) first"):
        run(hear_unconnected())


@pytest.mark.parametrize(
    "wrong",
    [
        {"realtime_factor": 0},
        {"chunk_ms": -1},
        {"rate_wpm": 0},
        {"sample_rate": 100},
        {"endpointing_s": -0.1},
        {"disconnects_after_s": -1},
        {"first_audio": -1},
        {"fps": 0},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)) if "first" not in str(wrong) else "seconds"):
        ScriptedRealtime(default=ANSWER, **wrong)
