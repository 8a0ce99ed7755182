"""A call as lanes of spans and marks."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.report.result import Result
from simulator.report.timeline import Lane, Timeline, timeline
from simulator.trace import Record


def at(seconds: float, source: str, kind: str, **data: Any) -> Record:
    return Record(round(seconds * 1e9), source, kind, data)


def lane(line: Timeline, name: str) -> Lane:
    return next(lane for lane in line.lanes if lane.name == name)


def texts(line: Timeline, name: str, row: str) -> list[str]:
    return [span.text for span in lane(line, name).row(row)]


def times(line: Timeline, name: str, row: str) -> list[tuple[float, float]]:
    return [(span.start_ns / 1e9, span.end_ns / 1e9) for span in lane(line, name).row(row)]


def test_everyone_in_a_call_has_a_lane_and_the_script_has_one(failed: Result) -> None:
    line = timeline(failed.outcome.trace.records)
    assert [(lane.name, lane.kind) for lane in line.lanes] == [
        ("alice", "person"),
        ("bob", "person"),
        ("agent", "agent"),
        ("script", "script"),
    ]


def test_a_call_shows_what_was_said_understood_prepared_and_spoken(passed: Result) -> None:
    line = timeline(passed.outcome.trace.records)
    assert texts(line, "alice", "says") == ["Queen of clubs."]
    assert texts(line, "alice", "words") == ["Queen", "of", "clubs."]
    assert texts(line, "alice", "turn") == ["Queen of clubs."]
    (turn,) = lane(line, "agent").row("turn")
    assert turn.text.startswith("The Queen of Clubs is ")
    assert not turn.cut
    (model,) = lane(line, "agent").row("model")
    assert model.start_ns < (model.first_ns or 0) < model.end_ns < line.end_ns
    assert all(span.first_ns is not None for span in lane(line, "agent").row("voice"))
    (wait,) = lane(line, "agent").row("waits")
    assert wait.text.endswith(" ms response")
    assert wait.end_ns == lane(line, "agent").row("sound")[0].start_ns


def test_an_interruption_cuts_the_turn_and_what_was_under_way_for_it(failed: Result) -> None:
    agent = lane(timeline(failed.outcome.trace.records), "agent")
    (turn,) = agent.row("turn")
    assert turn.cut
    assert ("interrupted by", "bob") in turn.details
    assert any(name == "never heard" for name, _ in turn.details)
    assert agent.row("voice")[-1].cut
    assert [span.text for span in agent.row("waits")][-1].endswith(" ms yield")
    assert [mark.text for mark in agent.marks if mark.kind == "yielded"] == ["agent yields to bob"]
    assert len(agent.row("talk-over")) == 1


def test_the_script_shows_the_step_that_failed_and_the_moments_it_names(failed: Result) -> None:
    script = lane(timeline(failed.outcome.trace.records), "script")
    assert script.row("steps")[-1].kind == "failed"
    assert [mark.text for mark in script.marks if mark.kind == "moment"] == ["barge-in"]


def test_speech_that_never_became_a_turn_is_shown_as_such() -> None:
    line = timeline(
        [
            at(0, "alice", "joined"),
            at(1, "agent", "vad.speech_started", participant="alice"),
            at(1.4, "agent", "stt.transcript", participant="alice", text="Hmm."),
            at(1.5, "agent", "vad.speech_ended", participant="alice"),
            at(9, "agent", "vad.speech_started", participant="alice"),
            at(10, "agent", "agent.user_turn_ended", participant="alice", text="What time is it?"),
            at(11, "call", "call.ended"),
        ]
    )
    turns = lane(line, "alice").row("turn")
    assert [(turn.kind, turn.text) for turn in turns] == [
        ("unanswered", "Hmm."),
        ("turn", "What time is it?"),
    ]
    assert times(line, "alice", "turn") == [(1, 1.5), (9, 10)]


def test_a_turn_that_a_speech_to_speech_model_heard_gets_the_words_that_it_tells_later() -> None:
    line = timeline(
        [
            at(0, "alice", "joined"),
            at(1, "agent", "vad.speech_started", participant="alice"),
            at(2, "agent", "agent.user_turn_ended", participant="alice", text=""),
            at(2.5, "agent", "realtime.user_speech_transcription", participant="alice", text="Hello?"),
        ]
    )
    assert texts(line, "alice", "turn") == ["Hello?"]


def test_what_began_and_was_not_seen_to_end_lasts_until_the_end_of_the_call() -> None:
    line = timeline(
        [
            at(0, "alice", "joined"),
            at(1, "alice", "says", clip="a", text="Hello", at_ns=10**9),
            at(2, "agent", "llm.request_started", text="Hello"),
            at(3, "agent", "llm.tool_start", tool_name="look_up", tool_call_id="1", arguments={"room": 7}),
            at(8, "call", "call.ended"),
        ]
    )
    assert times(line, "alice", "in the call") == [(0, 8)]
    assert times(line, "alice", "says") == [(1, 8)]
    assert times(line, "agent", "model") == [(2, 8)]
    (call,) = lane(line, "agent").row("functions")
    assert call.cut
    assert call.details == (("arguments", '{"room": 7}'),)


def test_those_who_leave_and_come_back_are_in_the_call_twice() -> None:
    line = timeline(
        [
            at(0, "alice", "joined"),
            at(1, "alice", "muted"),
            at(2, "alice", "unmuted"),
            at(3, "alice", "left"),
            at(5, "alice", "joined"),
            at(6, "call", "call.ended"),
        ]
    )
    assert times(line, "alice", "in the call") == [(0, 3), (5, 6)]
    assert times(line, "alice", "muted") == [(1, 2)]
    assert [mark.text for mark in lane(line, "alice").marks][-1] == "alice joins"


def test_trouble_that_the_script_makes_lasts_until_another_or_until_it_is_over() -> None:
    line = timeline(
        [
            at(1, "scenario", "provider.in_trouble", provider="tts", how="stalls"),
            at(3, "scenario", "provider.in_trouble", provider="tts", how="errors"),
            at(4, "scenario", "provider.recovered", provider="tts"),
            at(9, "call", "call.ended"),
        ]
    )
    assert times(line, "agent", "trouble") == [(1, 3), (3, 4)]
    assert texts(line, "agent", "trouble") == ["tts stalls", "tts errors"]


def test_the_frames_that_were_read_are_beside_what_was_looked_at() -> None:
    def frame(seconds: float, track: str, pts: int) -> Record:
        return at(seconds, "alice", "video.frame", track=track, pts=pts, time_base="1/10")

    line = timeline(
        [
            at(0, "alice", "shows", clip="face.mp4", track="alice:video"),
            at(0, "agent", "agent.watching", participant="alice", track_id="alice:video"),
            *(frame(0.1 * number, "alice:video", number) for number in range(4)),
            frame(2.0, "alice:video", 20),
            at(2.1, "agent", "agent.watching", participant="alice", track_id="alice:screen"),
            frame(2.1, "alice:screen", 0),
            at(3, "alice", "video.stopped", track="alice:video", sent=30, read=5),
            at(4, "agent", "agent.watching", track_id=""),
            at(5, "agent", "agent.finished"),
        ]
    )
    assert texts(line, "agent", "watches") == ["alice's camera", "alice's screen"]
    assert times(line, "agent", "watches") == [(0, 2.1), (2.1, 4)]
    films = ["4 frames of alice's camera", "1 frame of alice's camera", "1 frame of alice's screen"]
    assert texts(line, "agent", "reads") == films
    assert times(line, "agent", "reads") == [(0, 0.3), (2, 2), (2.1, 2.1)]
    (shown,) = lane(line, "alice").row("shows")
    assert dict(shown.details) == {"from": "alice's camera", "frames sent": "30", "read": "5"}


def test_whoever_was_lost_is_not_noticed_until_the_call_ends() -> None:
    line = timeline(
        [
            at(1, "agent", "vad.speech_started", participant="alice"),
            at(2, "alice", "dropped"),
            at(7, "agent", "edge.participant_left", participant="alice"),
            at(8, "alice", "reconnected", in_time=False),
            at(9, "agent", "agent.finished"),
        ]
    )
    assert times(line, "alice", "noticed") == [(1, 7)]
    assert times(line, "alice", "line") == [(2, 8)]


def test_the_sound_of_a_screen_lasts_as_long_as_it_plays_and_is_shared() -> None:
    def plays(at_s: int, until_s: int, text: str) -> Record:
        span = {"at_ns": at_s * 10**9, "ends_at_ns": until_s * 10**9}
        return at(at_s, "alice", "plays", track="alice:screen-audio", clip="film.mp4", text=text, **span)

    line = timeline(
        [
            plays(1, 9, "A villain"),
            at(3, "alice", "audio.stopped", track="alice:screen-audio"),
            plays(4, 5, ""),
            at(7, "alice", "audio.stopped", track="alice:screen-audio"),
            at(8, "call", "call.ended"),
        ]
    )
    assert times(line, "alice", "plays") == [(1, 3), (4, 5)]
    assert texts(line, "alice", "plays") == ["A villain", "film.mp4"]


KINDS = """
joined left dropped lost muted unmuted says said voice.started voice.stopped shows video.stopped typed
presses custom_event network step moment provider.in_trouble provider.recovered vad.speech_started
vad.speech_ended turn.started stt.partial_transcript stt.transcript agent.user_turn_ended
agent.reply_started agent.turn_started agent.yielded agent.resumed agent.turn_ended agent.reply_cancelled
llm.request_started llm.response llm.tool_start llm.tool_end llm.error tts.synthesis_started
tts.synthesis_completed tts.error realtime.agent_speech_transcription exception call.ended
network.counts acoustics plays audio.stopped video.frame agent.watching edge.participant_left reconnected
""".split()
SOURCES = ("alice", "bob", "agent", "scenario", "call")
WORDS = st.sampled_from(["", "a", "a b", "alice", "bob", "failed"])
VALUES = (
    WORDS
    | st.integers(-(10**10), 10**11)
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.none()
    | st.lists(WORDS)
)
FIELDS = """
participant text heard_text at_ns ends_at_ns epoch interrupted eager clip cut index line took_ns outcome why
name provider how track first_token_ms first_audio_ms audio_ms synthesis_id tool_call_id error context data
up track_id pts time_base down
""".split()
DATA = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6)
RECORDS = st.lists(
    st.tuples(st.integers(0, 10**10), st.sampled_from(SOURCES), st.sampled_from(KINDS), DATA), max_size=40
)


@given(RECORDS)
def test_whatever_is_in_a_trace_its_rows_are_in_order_and_inside_the_call(
    written: list[tuple[int, str, str, dict[str, Any]]],
) -> None:
    line = timeline(Record(*each) for each in sorted(written, key=lambda each: each[0]))
    for row in (row for lane in line.lanes for row in lane.rows):
        assert row.spans
        assert all(0 <= span.start_ns <= span.end_ns <= line.end_ns for span in row.spans)
        assert all(one.end_ns <= other.start_ns for one, other in pairwise(row.spans))
    assert {lane.name for lane in line.lanes} >= {"agent", "script"}
    assert {source for _, source, _, _ in written} - {"call", "scenario"} <= {
        lane.name for lane in line.lanes
    }
