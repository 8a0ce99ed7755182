from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.providers import ScriptedVAD

make = partial(ScriptedVAD, onset_s=0.06, silence_s=0.25)


def story(events: list[Any]) -> list[tuple[int, str]]:
    return [(event.ms, event.type.split("_")[1]) for event in events]


def test_speech_starts_after_its_onset_and_ends_after_a_silence(hear: Any) -> None:
    events = hear(make, "two 0.1-0.4, rooms 0.6-1.0")
    assert story(events) == [(160, "started"), (1250, "ended")]
    started, ended = (event.event for event in events)
    assert started.speech_ms == 60
    assert (ended.silence_ms, round(ended.speech_ms)) == (250, 900)


def test_a_longer_pause_ends_speech_and_the_next_word_starts_it_again(hear: Any) -> None:
    events = hear(make, "two 0.1-0.4, rooms 0.7-1.0")
    assert story(events) == [(160, "started"), (650, "ended"), (760, "started"), (1250, "ended")]


def test_a_sound_that_is_over_before_the_onset_is_no_speech(hear: Any) -> None:
    assert hear(partial(ScriptedVAD, onset_s=0.4, silence_s=0.1), "uh 0.1-0.2") == []


def test_somebody_whose_words_are_unknown_is_a_vad_error_once(hear: Any) -> None:
    assert [event.type for event in hear(make, {"carol": object()})] == ["vad.error"]


def test_nothing_is_said_after_closing_the_vad(hear: Any) -> None:
    events = hear(make, "rooms 0.1-0.4", seconds=0.5, then=lambda vad: vad.close())
    assert story(events) == [(160, "started")]


spans = st.lists(st.tuples(st.integers(0, 800), st.integers(1, 400)), min_size=1, max_size=8)
durations = st.sampled_from([0.0, 0.06, 0.25, 0.5])


@settings(max_examples=60, deadline=None)
@given(spans=spans, onset_s=durations, silence_s=durations)
def test_starts_and_ends_alternate(
    hear: Any, spans: list[tuple[int, int]], onset_s: float, silence_s: float
) -> None:
    words, now = [], 0
    for pause, length in spans:
        words.append(f"word {(now + pause) / 1000}-{(now + pause + length) / 1000}")
        now += pause + length
    events = hear(partial(ScriptedVAD, onset_s, silence_s), ",".join(words), seconds=11)
    names = [name for _, name in story(events)]
    assert names == ["started", "ended"] * (len(names) // 2)
