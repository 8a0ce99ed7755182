from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.providers import ScriptedSTT

make = partial(ScriptedSTT, partial_latency=0.1, final_latency=0.05, endpointing_s=0.3)


def test_each_word_is_a_partial_shortly_after_it_and_the_utterance_is_final_after_a_silence(
    hear: Any,
) -> None:
    events = hear(make, "two 0.1-0.4, rooms 0.5-0.93, please 0.95-1.2")
    assert [event.story for event in events] == [
        (500, "partial_transcript", "two"),
        (1030, "partial_transcript", "two rooms"),
        (1300, "partial_transcript", "two rooms please"),
        (1550, "transcript", "two rooms please"),
    ]


def test_a_pause_longer_than_the_endpointing_makes_two_utterances(hear: Any) -> None:
    events = hear(make, "hello 0.1-0.4, there 0.8-1.1")
    finals = [event.story for event in events if event.type == "stt.transcript"]
    assert finals == [(750, "transcript", "hello"), (1450, "transcript", "there")]


def test_a_word_longer_than_the_endpointing_does_not_split_the_utterance(hear: Any) -> None:
    events = hear(make, "well 0.1-0.3, absolutely 0.4-1.2")
    assert [event.event.text for event in events if event.type == "stt.transcript"] == ["well absolutely"]


def test_a_word_whose_end_was_lost_on_the_way_is_missing_from_the_transcript(hear: Any) -> None:
    events = hear(make, "not 0.1-0.3, today 0.4-0.7", lost=range(14, 16))
    assert [event.event.text for event in events if event.type == "stt.transcript"] == ["today"]


def test_everyone_has_transcripts_of_their_own(hear: Any, speaker: Callable[[str], Any]) -> None:
    people = {
        "alice": speaker("yes 0.1-0.3, please 0.4-0.6"),
        "bob": speaker("no 0.15-0.35, thanks 0.4-0.62"),
    }
    finals = {event.who: event.event.text for event in hear(make, people) if event.type == "stt.transcript"}
    assert finals == {"alice": "yes please", "bob": "no thanks"}


def test_without_interim_results_there_are_only_finals(hear: Any) -> None:
    events = hear(partial(make, interim=False), "yes 0.1-0.3, please 0.4-0.6")
    assert [event.type for event in events] == ["stt.transcript"]


def test_sound_without_timestamps_is_counted_from_its_beginning(hear: Any) -> None:
    script = "two 0.1-0.4, rooms 0.5-0.93"
    with_pts, without = hear(make, script), hear(make, script, with_pts=False)
    assert [event.story for event in without] == [event.story for event in with_pts]


def test_somebody_whose_words_are_unknown_is_reported_once_and_not_heard(hear: Any) -> None:
    events = hear(make, {"carol": object()})
    assert [event.type for event in events] == ["stt.error"]
    assert "'carol' comes from object, which has no transcript_at" in events[0].event.error_message


def test_nothing_is_said_after_closing(hear: Any) -> None:
    events = hear(make, "yes 0.1-0.3, please 0.4-0.6", seconds=0.62, then=lambda stt: stt.close())
    assert [event.event.text for event in events] == ["yes"]


def test_what_someone_who_left_was_saying_is_dropped(hear: Any, speaker: Callable[[str], Any]) -> None:
    from agentkit.core.edge.types import Participant

    async def leave(stt: ScriptedSTT) -> None:
        stt.forget(Participant(None, "alice", "alice"))

    events = hear(make, "yes 0.1-0.3, please 0.4-0.6", seconds=0.62, then=leave)
    assert [event.event.text for event in events] == ["yes"]


@pytest.mark.parametrize("name", ["partial_latency", "final_latency", "endpointing_s"])
def test_a_negative_duration_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"expected 0 or more seconds, got -0\.1"):
        ScriptedSTT(**{name: -0.1})


@st.composite
def scripts(draw: st.DrawFn) -> str:
    """Up to eight words, each starting within 700 ms of the end of the one before; times in whole ms."""
    words, now = [], 0
    for number in range(draw(st.integers(1, 8))):
        start = now + draw(st.integers(0, 700))
        now = start + draw(st.integers(1, 400))
        words.append(f"w{number} {start / 1000}-{now / 1000}")
    return ",".join(words)


class Jumpy:
    """Latencies in an order of Hypothesis' choice."""

    def __init__(self, seconds: list[float]) -> None:
        self._seconds = seconds

    def draw(self) -> float:
        self._seconds.append(self._seconds.pop(0))
        return self._seconds[-1]


latencies = st.lists(st.sampled_from([0.0, 0.02, 0.15, 0.9]), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(script=scripts(), partials=latencies, finals=latencies)
def test_partials_only_grow_and_never_come_after_their_final(
    hear: Any, script: str, partials: list[float], finals: list[float]
) -> None:
    events = hear(
        lambda: ScriptedSTT(Jumpy(list(partials)), Jumpy(list(finals)), endpointing_s=0.3), script, seconds=10
    )
    said = [word.split()[0] for word in script.split(",")]
    texts = [event.event.text for event in events if event.type == "stt.transcript"]
    assert " ".join(texts).split() == said

    pending: list[str] = []
    for event in events:
        text = event.event.text
        if event.type == "stt.transcript":
            assert pending == [" ".join(text.split()[: n + 1]) for n in range(len(text.split()))]
            pending = []
        else:
            pending.append(text)
    assert not pending
