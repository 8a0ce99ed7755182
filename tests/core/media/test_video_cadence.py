"""Thinning out: so many frames a second, evenly, whatever the source."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentkit.core.media.cadence import EARLY_S, Cadence


def taken(fps: float | None, times: list[Fraction]) -> list[Fraction]:
    cadence = Cadence(fps)
    return [seconds for seconds in times if cadence.takes(seconds)]


def regular(fps: int, seconds: int) -> list[Fraction]:
    return [Fraction(n, fps) for n in range(fps * seconds)]


def in_milliseconds(times: list[Fraction]) -> list[Fraction]:
    return [Fraction(round(seconds * 1000), 1000) for seconds in times]


rates = st.integers(1, 60)
gaps = st.lists(st.fractions(0, 2, max_denominator=90_000), max_size=80)


def test_every_third_of_thirty_makes_ten() -> None:
    assert taken(10, regular(30, 2)) == regular(30, 2)[::3]


def test_without_a_rate_all_are_taken() -> None:
    assert taken(None, regular(30, 1)) == regular(30, 1)


def test_a_rate_below_one_takes_a_frame_every_few_seconds() -> None:
    assert taken(0.5, regular(10, 6)) == [0, 2, 4]


@given(rate=rates)
def test_a_file_that_rounds_to_milliseconds_loses_nothing_at_its_own_rate(rate: int) -> None:
    times = in_milliseconds(regular(rate, 3))
    assert taken(rate, times) == times


@given(source=rates, wanted=rates, rounded=st.booleans())
def test_a_faster_source_gives_as_many_as_were_asked_for(source: int, wanted: int, rounded: bool) -> None:
    times = in_milliseconds(regular(source, 4)) if rounded else regular(source, 4)
    count = len(taken(wanted, times))
    assert abs(count - 4 * min(source, wanted)) <= 1


@given(rate=st.floats(0.1, 120), gaps=gaps)
def test_no_stretch_holds_many_more_than_were_asked_for(rate: float, gaps: list[Fraction]) -> None:
    times = [sum(gaps[:n], Fraction(0)) for n in range(len(gaps))]
    kept = taken(rate, times)
    for first in range(len(kept)):
        for last in range(first, len(kept)):
            stretch = kept[last] - kept[first] + EARLY_S
            assert last - first <= stretch * Fraction(rate) + 2


@given(rate=st.integers(1, 30), gaps=gaps)
def test_whoever_waits_longer_than_a_slot_gets_the_next_frame(rate: int, gaps: list[Fraction]) -> None:
    times = [sum(gaps[:n], Fraction(0)) for n in range(len(gaps))]
    kept = taken(rate, times)
    for seconds in times:
        latest = max((k for k in kept if k <= seconds), default=None)
        assert latest is not None
        assert seconds - latest < Fraction(1, rate)


def test_a_camera_that_jitters_a_little_loses_nothing_at_its_own_rate() -> None:
    times = [Fraction(n, 30) + Fraction((n * 7) % 5 - 2, 1000) for n in range(1, 90)]
    assert len(taken(30, times)) >= len(times) - 1


def test_after_a_pause_frames_are_as_far_apart_as_before() -> None:
    times = [Fraction(0), *(Fraction(53, 10) + Fraction(n, 10) for n in range(25))]
    assert taken(1, times) == [0, Fraction(53, 10), Fraction(63, 10), Fraction(73, 10)]


def test_a_stream_that_begins_again_is_shown_at_once() -> None:
    assert taken(1, [Fraction(100), Fraction(101), Fraction(0), Fraction(1)]) == [100, 101, 0, 1]


@pytest.mark.parametrize("rate", [0, -1, float("inf"), float("nan")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="frames a second"):
        Cadence(rate)
