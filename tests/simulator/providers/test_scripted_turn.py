from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.providers import ScriptedTurnDetector

eager = partial(ScriptedTurnDetector, final_s=0.5, eager_s=0.2)


def story(events: list[Any]) -> list[tuple[int, str]]:
    def name(event: Any) -> str:
        guess = getattr(event.event, "eager_end_of_turn", False)
        return "guessed" if guess else event.type.split(".")[1]

    return [(event.ms, name(event)) for event in events]


def test_a_turn_starts_with_the_first_word_and_ends_after_a_silence(hear: Any) -> None:
    events = hear(partial(ScriptedTurnDetector, final_s=0.5), "two 0.1-0.4, rooms 0.7-1.0")
    assert story(events) == [(120, "started"), (1500, "ended")]
    ended = events[-1].event
    assert (ended.trailing_silence_ms, round(ended.duration_ms)) == (500, 900)


def test_an_eager_end_is_followed_by_the_final_one(hear: Any) -> None:
    assert story(hear(eager, "rooms 0.1-0.4")) == [(120, "started"), (600, "guessed"), (900, "ended")]


def test_going_on_after_an_eager_end_takes_it_back(hear: Any) -> None:
    events = hear(eager, "two 0.11-0.4, rooms 0.71-1.0")
    assert story(events) == [
        (120, "started"),
        (600, "guessed"),
        (720, "started"),
        (1200, "guessed"),
        (1500, "ended"),
    ]
    assert round(events[-1].event.duration_ms) == 890


def test_nothing_is_said_after_closing_the_detector(hear: Any) -> None:
    events = hear(eager, "rooms 0.1-0.4", seconds=0.5, then=lambda detector: detector.close())
    assert story(events) == [(120, "started")]


def test_somebody_whose_words_are_unknown_is_a_turn_error_once(hear: Any) -> None:
    assert [event.type for event in hear(eager, {"carol": object()})] == ["turn.error"]


def test_a_guess_that_is_no_earlier_than_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match=r"eager_s=0\.5 and final_s=0\.5"):
        ScriptedTurnDetector(final_s=0.5, eager_s=0.5)


spans = st.lists(st.tuples(st.integers(0, 800), st.integers(1, 400)), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(spans=spans, guesses=st.booleans())
def test_turns_start_may_be_guessed_and_taken_back_and_end(
    hear: Any, spans: list[tuple[int, int]], guesses: bool
) -> None:
    words, now = [], 0
    for pause, length in spans:
        words.append(f"word {(now + pause) / 1000}-{(now + pause + length) / 1000}")
        now += pause + length
    events = hear(partial(ScriptedTurnDetector, 0.5, 0.2 if guesses else None), ",".join(words), seconds=11)
    letters = "".join({"started": "s", "guessed": "g", "ended": "e"}[name] for _, name in story(events))
    assert re.fullmatch(r"(s(gs)*ge)+" if guesses else r"(se)+", letters), letters
