from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.trace import Record, compute, metric_name, tell
from simulator.trace.metrics import metric_names

KINDS = (
    "voice.started voice.stopped says said joined moment step call.started call.ended stt.partial_transcript "
    "stt.transcript vad.speech_started agent.user_turn_ended agent.reply_started llm.request_started llm.response "
    "tts.synthesis_started tts.synthesis_completed agent.turn_started agent.yielded agent.resumed agent.turn_ended "
    "agent.reply_cancelled exception tts.error custom_event"
).split()
INSTANTS = st.integers(0, 100).map(lambda n: n * 50_000_000)
ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.integers())
)
DATA = st.fixed_dictionaries(
    {},
    optional={
        "at_ns": INSTANTS | ANYTHING,
        "voiced_at_ns": INSTANTS | ANYTHING,
        "ends_at_ns": INSTANTS | ANYTHING,
        "epoch": st.integers(1, 3) | ANYTHING,
        "participant": st.sampled_from(["alice", "bob"]) | ANYTHING,
        "text": st.just("one two") | ANYTHING,
        "heard_text": st.just("one") | ANYTHING,
        "interrupted": st.booleans() | ANYTHING,
        "eager": st.booleans() | ANYTHING,
        "first_token_ms": st.floats() | ANYTHING,
        "first_audio_ms": st.floats() | ANYTHING,
        "error": ANYTHING,
        "outcome": st.just("failed") | ANYTHING,
        "line": ANYTHING,
    },
)
SOURCES = st.sampled_from(["agent", "agent", "alice", "bob", "call", "scenario"])
RECORDS = st.builds(Record, INSTANTS, SOURCES, st.sampled_from(KINDS), DATA)
TRACES = st.lists(RECORDS, max_size=25)


@given(TRACES, st.booleans())
def test_any_records_in_any_order_can_be_measured_and_told(records: list[Record], in_order: bool) -> None:
    if in_order:
        records = sorted(records, key=lambda record: record.t_ns)
    metrics = compute(records)
    json.dumps(metrics.as_dict(), allow_nan=False)
    for name in metric_names():
        value = metrics.lookup(name)
        assert value is None or (math.isfinite(value) and value >= 0)
    tell(records)
    tell(records, until_ns=1_000_000_000)


@given(TRACES)
def test_the_stages_told_in_full_always_sum_to_the_whole(records: list[Record]) -> None:
    for turn in compute(sorted(records, key=lambda record: record.t_ns)).turns:
        if turn.playout_ms is not None:
            parts = [turn.endpointing_ms, turn.llm_first_token_ms, turn.tts_first_audio_ms, turn.playout_ms]
            assert sum(part or 0 for part in parts) == pytest.approx(turn.response_latency_ms)


def test_an_empty_trace_gives_nothing_measured() -> None:
    metrics = compute([])
    assert metrics.response_latency_ms.count == 0
    assert metrics.heard_ratio is None
    assert metrics.turns == ()


def test_errors_are_counted_whatever_their_kind(written) -> None:
    metrics = compute(
        written(
            """
            1 agent tts.error error="TimeoutError: slow" context=synthesis
            2 agent exception error="KeyError: x" context="handling stt.transcript" where=handler
            3 agent acme.failed error="Lost" context=connection
            4 agent stt.transcript text="error" participant=alice
            5 alice custom_event error=mine context=mine
            """
        )
    )
    assert metrics.errors == 3


def test_a_figure_is_found_by_its_dotted_name(written) -> None:
    metrics = compute(
        written(
            """
            1.0 agent agent.reply_started epoch=1
            1.5 agent agent.turn_started epoch=1
            1.6 agent voice.started at=1.6
            """
        )
    )
    assert metrics.lookup("time_to_first_audio.p95") == 600
    assert metrics.lookup("time_to_first_audio_ms.max") == 600
    assert metrics.lookup("agent_turns") == 1
    assert metrics.lookup("yield_latency.count") == 0
    assert metrics.lookup("yield_latency.p95") is None


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("yeild_latency.p95", "yield_latency.p95"),
        ("yield_latency.p99", "yield_latency.p95"),
        ("yield_latency", "yield_latency.p95"),
        ("interruption", "interruptions"),
        ("turns", "agent_turns"),
        ("", "response_latency.count"),
        ("zzz", "talk_over"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known(wrong, nearest) -> None:
    with pytest.raises(ValueError, match=f"there is no metric '{wrong}'") as refusal:
        compute([]).lookup(wrong)
    assert nearest in str(refusal.value)


def test_every_name_is_its_own_spelling() -> None:
    assert [metric_name(name) for name in metric_names()] == list(metric_names())
    assert "decision_to_silence.max" in metric_names()
    assert "talk_over" in metric_names()


def test_metrics_are_reported_in_a_stable_order_rounded_to_a_microsecond(written) -> None:
    report = compute(
        written("1 agent agent.turn_started epoch=4", "1.0000004 agent voice.started at=1.0000004")
    ).as_dict()
    assert list(report)[:2] == ["response_latency_ms", "endpointing_ms"]
    assert report["turns"][0]["epoch"] == 4
    assert list(report)[-1] == "turns"
