"""What was wrong with a provider is told from when its answers came, and comes again in the scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from simulator.recorder.retelling.happenings import WentWrong
from simulator.recorder.retelling.requests import message_of
from simulator.recorder.retelling.script import ScriptWriter, Tolerance
from simulator.recorder.retelling.story import Story
from simulator.recorder.retelling.troubles import Trouble, troubles_of
from simulator.recorder.retelling.writing import as_yaml
from simulator.scenario.reading.reader import finished, read_draft
from simulator.trace import Record

MS = 1_000_000


def at(ms: int, kind: str, source: str = "agent", **data: Any) -> Record:
    return Record(ms * MS, source, kind, data)


def asked(ms: int, answer_ms: int, provider: str = "llm") -> list[Record]:
    """A request and its answer."""
    if provider == "llm":
        return [
            at(ms, "llm.request_started"),
            at(answer_ms, "llm.first_piece", "call"),
            at(answer_ms + 100, "llm.response"),
        ]
    return [
        at(ms, "tts.synthesis_started"),
        at(answer_ms, "tts.first_piece", "call"),
        at(answer_ms + 100, "tts.synthesis_completed"),
    ]


def failed(ms: int, error: str, provider: str = "llm") -> Record:
    context = {"llm": "answering", "tts": "speaking", "stt": "listening"}[provider]
    return at(ms, f"{provider}.error", error=error, context=context)


def told(*records: Record) -> list[tuple[str, str, int, int]]:
    return [(t.provider, t.how, t.start_ns // MS, t.end_ns // MS) for t in troubles_of(records)]


def test_a_call_in_which_all_is_well_has_no_trouble() -> None:
    assert told(*asked(1000, 1400), *asked(2000, 2300, "tts"), *asked(5000, 5500)) == []


def test_a_request_that_fails_at_once_is_an_error_that_begins_any_time_since_the_last_answer() -> None:
    refused = [at(4000, "llm.request_started"), failed(4000, "ConnectionError: 503 overloaded")]
    (trouble,) = troubles_of([*asked(1000, 1400), *refused, *asked(9000, 9300)])
    assert trouble == Trouble("llm", "errors", 1500 * MS, 4000 * MS, 4500 * MS, "503 overloaded")


def test_a_connection_that_was_lost_disconnects() -> None:
    lost = failed(4000, "ConnectionError: the connection was lost", "tts")
    assert told(at(4000, "tts.synthesis_started"), lost) == [("tts", "disconnects", 4000, 4500)]


def test_one_that_fails_after_a_while_stalled_until_then() -> None:
    late = [at(1000, "llm.request_started"), failed(9000, "APIError: gateway timeout")]
    assert told(*late) == [("llm", "stalls", 1000, 9000), ("llm", "errors", 9000, 9500)]


def test_one_that_the_agent_gave_up_stalled_for_longer_than_that() -> None:
    given_up = [at(1000, "llm.request_started"), failed(11_000, "TimeoutError: no text for 10 s")]
    assert told(*given_up) == [("llm", "stalls", 1000, 11_500)]


def test_a_request_that_is_never_answered_stalls_until_nobody_waits_any_more() -> None:
    hung = [at(1000, "llm.request_started"), at(7000, "agent.reply_cancelled")]
    assert told(*hung, *asked(8000, 8400)) == [("llm", "stalls", 1000, 7000)]
    assert told(at(1000, "llm.request_started"), at(7000, "voice.started", "bob")) == [
        ("llm", "stalls", 1000, 7000)
    ]


def test_a_late_answer_is_slow_by_what_it_was_later_than_the_quickest() -> None:
    (trouble,) = troubles_of([*asked(1000, 1200), *asked(5000, 8000), *asked(9000, 9300)])
    assert (trouble.how, trouble.by_ns) == ("is slow", 2800 * MS)
    assert trouble.well_ns == 1300 * MS


def test_a_gap_between_two_pieces_is_a_stall_unless_a_function_was_at_work_or_the_agent_was_heard() -> None:
    def gap(provider: str) -> Record:
        return at(6000, f"{provider}.paused", "call", at_ns=2000 * MS)

    assert told(gap("llm")) == [("llm", "stalls", 2000, 6000)]
    assert told(at(2100, "llm.tool_start"), gap("llm")) == []
    assert told(gap("tts")) == [("tts", "stalls", 2000, 6000)]
    assert told(at(1500, "voice.started", at_ns=1500 * MS), gap("tts")) == []


def test_a_function_that_fails_is_no_trouble_with_the_model() -> None:
    error = at(1500, "llm.error", error="RuntimeError: closed", context="running the function book")
    assert told(at(1000, "llm.request_started"), error, at(1600, "llm.response")) == []


def voice(ms: int, until_ms: int) -> list[Record]:
    return [
        at(ms, "voice.started", "alice", at_ns=ms * MS),
        at(until_ms + 200, "voice.stopped", "alice", at_ns=until_ms * MS),
    ]


def heard(ms: int) -> Record:
    return at(ms, "stt.transcript", participant="alice", text="hello")


def test_words_that_come_late_were_held_up() -> None:
    assert told(*voice(1000, 2000), heard(2400)) == []
    assert told(*voice(1000, 2000), heard(6000)) == [("stt", "stalls", 2000, 6000)]


def test_ears_that_fail_do_so_until_shortly_after_they_were_last_seen_to_or_are_well() -> None:
    lost = [failed(1000, "OSError: reset", "stt"), failed(3000, "OSError: reset", "stt")]
    assert told(*lost) == [("stt", "errors", 1000, 3500)]
    assert told(*lost, *voice(3200, 4000), heard(4300)) == [("stt", "errors", 1000, 3200)]


KINDS = [
    "llm.request_started", "llm.first_piece", "llm.response", "llm.error", "llm.paused", "llm.tool_start",
    "tts.synthesis_started", "tts.first_piece", "tts.synthesis_completed", "tts.error", "tts.paused",
    "stt.error", "stt.transcript", "voice.started", "voice.stopped", "agent.reply_cancelled",
]  # fmt: skip


@given(
    st.lists(
        st.tuples(
            st.integers(0, 20_000),
            st.sampled_from(KINDS),
            st.sampled_from(["agent", "call", "alice"]),
            st.fixed_dictionaries(
                {},
                optional={
                    "at_ns": st.integers(0, 20_000 * MS),
                    "error": st.sampled_from(
                        ["", "OSError: gone", "TimeoutError: x", "the connection was lost"]
                    ),
                    "context": st.sampled_from(["answering", "speaking", "listening"]),
                    "participant": st.just("alice"),
                    "text": st.just("hello"),
                    "first_token_ms": st.floats(0, 9000),
                },
            ),
        ),
        max_size=25,
    )
)
def test_whatever_was_recorded_troubles_of_a_provider_follow_each_other(
    records: list[tuple[int, str, str, dict[str, Any]]],
) -> None:
    ordered = sorted(records, key=lambda record: record[0])
    troubles = troubles_of([Record(ms * MS, source, kind, data) for ms, kind, source, data in ordered])
    for provider in ("stt", "llm", "tts"):
        end_ns = 0
        for trouble in (trouble for trouble in troubles if trouble.provider == provider):
            assert end_ns <= trouble.well_ns <= trouble.start_ns < trouble.end_ns
            assert trouble.how != "errors" or trouble.message
            end_ns = trouble.end_ns


@given(st.text(st.characters(codec="utf-8")))
def test_an_error_may_say_whatever_it_likes(message: str) -> None:
    told = message_of(Record(0, "agent", "llm.error", {"error": message}))
    trouble = Trouble("llm", "errors", 0, 0, 1000 * MS, told)
    script = ScriptWriter(Story(0, 0, happenings=[WentWrong(0, trouble)]), Tolerance()).write()
    draft = read_draft(as_yaml({"script": script}).encode(), "call.yaml")
    (step,) = finished(draft, Path("call.yaml")).script
    assert getattr(step, "error", None) == told
