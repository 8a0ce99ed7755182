from __future__ import annotations

from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.plugins.silero.decision import Decision, Ended, Started


def decisions(probabilities: list[float], **options: float) -> list[tuple[int, Started | Ended]]:
    """What is decided, each with the number of windows heard by then."""
    defaults = {"threshold": 0.5, "neg_threshold": 0.35, "min_speech_ms": 64, "min_silence_ms": 256}
    decision = Decision(**{**defaults, **options})
    decided = [(number, decision.decide(p)) for number, p in enumerate(probabilities, 1)]
    return [(number, outcome) for number, outcome in decided if outcome is not None]


def test_speech_starts_when_it_has_lasted_and_ends_when_silence_has() -> None:
    assert decisions([0.0] * 3 + [0.9] * 10 + [0.0] * 10) == [
        (5, Started(speech_ms=64)),
        (21, Ended(silence_ms=256, speech_ms=320)),
    ]


def test_a_click_of_one_window_is_no_speech() -> None:
    assert decisions([0.0, 0.9, 0.0, 0.9, 0.0] * 4) == []


def test_a_pause_shorter_than_the_silence_belongs_to_the_speech() -> None:
    assert decisions([0.9] * 4 + [0.0] * 7 + [0.9] * 4 + [0.0] * 8)[-1] == (
        23,
        Ended(silence_ms=256, speech_ms=15 * 32),
    )


def test_a_probability_between_the_thresholds_goes_on_with_what_was() -> None:
    assert decisions([0.4] * 20) == []
    assert decisions([0.9] * 2 + [0.4] * 20) == [(2, Started(speech_ms=64))]
    assert decisions([0.9] * 2 + [0.1] + [0.4] * 20) == [
        (2, Started(speech_ms=64)),
        (10, Ended(silence_ms=256, speech_ms=64)),
    ]


def test_durations_are_rounded_up_to_windows_and_are_at_least_one() -> None:
    assert decisions([0.9, 0.0], min_speech_ms=0, min_silence_ms=0) == [
        (1, Started(speech_ms=32)),
        (2, Ended(silence_ms=32, speech_ms=32)),
    ]
    assert decisions([0.9] * 4, min_speech_ms=65) == [(3, Started(speech_ms=96))]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 1.5}, "they are probabilities"),
        ({"neg_threshold": 0.6}, "got neg_threshold=0.6 and threshold=0.5"),
        ({"neg_threshold": 0.0}, "expected 0 < neg_threshold"),
        ({"threshold": float("nan")}, "they are probabilities"),
        ({"min_speech_ms": -1}, "min_speech_ms: expected 0 or more milliseconds, got -1"),
        ({"min_silence_ms": float("inf")}, "min_silence_ms: expected 0 or more milliseconds, got inf"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decisions([], **options)


runs = st.lists(st.tuples(st.floats(0, 1), st.integers(1, 20)), max_size=30)
milliseconds = st.integers(0, 400)


@given(runs, milliseconds, milliseconds)
def test_speech_starts_and_ends_in_turn_and_never_too_early(
    runs: list[tuple[float, int]], min_speech_ms: int, min_silence_ms: int
) -> None:
    probabilities = list(chain.from_iterable(repeat(p, times) for p, times in runs))
    before = 0
    for index, (number, outcome) in enumerate(
        decisions(probabilities, min_speech_ms=min_speech_ms, min_silence_ms=min_silence_ms)
    ):
        assert isinstance(outcome, Ended if index % 2 else Started)
        heard_ms = 32 * (number - before)
        before = number
        if isinstance(outcome, Started):
            assert min_speech_ms <= outcome.speech_ms <= heard_ms
            started_ms = outcome.speech_ms
        else:
            assert min_silence_ms <= outcome.silence_ms <= heard_ms
            assert outcome.speech_ms == started_ms + heard_ms - outcome.silence_ms


@given(runs)
def test_a_longer_silence_never_gives_more_ends(runs: list[tuple[float, int]]) -> None:
    probabilities = list(chain.from_iterable(repeat(p, times) for p, times in runs))
    short, long = (decisions(probabilities, min_silence_ms=ms) for ms in (128, 384))
    assert len(long) <= len(short)
