"""A link: whatever happens on the way, frames are played in order, each once, and gaps are filled."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.edge.grid import FRAME_NS
from simulator.edge.network import Conditions, Link, Outage
from simulator.edge.network.concealment import FADE_FRAMES, concealed
from simulator.media.frames import FRAME_SAMPLES, SILENCE, Samples

WORST = st.builds(
    Conditions,
    delay_s=st.floats(0, 0.3),
    jitter_s=st.sampled_from([0, 0.015, 0.1]),
    loss=st.sampled_from([0, 0.05, 0.5]),
    burst=st.sampled_from([None, 1.0, 4.0]),
    duplication=st.sampled_from([0, 0.3]),
    buffer_s=st.sampled_from([None, 0, 0.03]),
    bandwidth_bps=st.sampled_from([None, 30_000]),
    outages=st.lists(st.builds(Outage, st.floats(0, 2), st.floats(0, 1)), max_size=2).map(tuple),
)


def frame(number: int) -> Samples:
    return np.full(FRAME_SAMPLES, number + 1, np.int16)


def tone(hertz: float = 200.0) -> Samples:
    return np.rint(8000 * np.sin(2 * np.pi * hertz * np.arange(FRAME_SAMPLES) / 48_000)).astype(np.int16)


# -- order, and nothing twice -----------------------------------------------------------------------------------------


@given(
    conditions=WORST,
    sends=st.lists(st.sampled_from(["sound", "sound", "sound", "nothing", "cut"]), min_size=1, max_size=150),
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_frame_is_played_once_in_its_turn_or_concealed(
    conditions: Conditions, sends: list[str]
) -> None:
    link = Link(conditions, "any")
    played = [
        link.carry(n * FRAME_NS, None if what == "nothing" else frame(n), False, what == "cut")
        for n, what in enumerate(sends)
    ]
    due = sends[: max(0, len(sends) - link.lag)]
    assert played[: link.lag] == [None] * min(link.lag, len(sends))
    heard = concealments = 0
    for number, (what, found) in enumerate(zip(due, played[link.lag :], strict=True)):
        assert (found is None) == (what == "nothing")
        if found is not None:
            samples, _, missing = found
            concealments += missing
            heard += not missing
            assert missing or (what != "cut" and samples[0] == number + 1)
    counts = link.counts
    assert counts["concealed"] == concealments
    assert counts["sent"] == len(sends) - sends.count("nothing")
    gone = counts["lost"] + counts["cut"] + counts["dropped"] + counts["late"]
    on_their_way = len(sends) - len(due) - sends[len(due) :].count("nothing")
    assert heard <= counts["sent"] - gone <= heard + on_their_way


def test_a_perfect_network_gives_back_every_frame_at_once() -> None:
    link = Link(Conditions(), "perfect")
    for number in range(10):
        samples = frame(number)
        assert link.carry(number * FRAME_NS, samples, False) == (samples, False, False)
    assert link.lag == 0


@pytest.mark.parametrize(
    ("conditions", "lag"),
    [
        (Conditions(delay_s=0.001), 1),
        (Conditions(delay_s=0.04), 2),
        (
            Conditions(delay_s=0.04, jitter_s=0.015),
            6,
        ),  # 40 ms, and the 69 ms in which 99 % of the packets come
        (Conditions(delay_s=0.04, jitter_s=0.015, buffer_s=0.02), 3),
        (Conditions(bandwidth_bps=96_000), 1),
        (Conditions(bandwidth_bps=24_000), 12),  # 200 ms of queue, and 40 ms to get through
    ],
)
def test_sound_is_played_as_soon_as_the_jitter_buffer_allows(conditions: Conditions, lag: int) -> None:
    link = Link(conditions, "late")
    assert link.lag == lag
    assert conditions.told()["playout_s"] == pytest.approx(lag * 0.02)


@pytest.mark.parametrize("buffer_ms", [0, 20, 40, 80])
def test_what_takes_longer_than_the_buffer_waits_is_late(buffer_ms: int) -> None:
    conditions = Conditions(delay_s=0.03, jitter_s=0.02, buffer_s=buffer_ms / 1000)
    link, count = Link(conditions, "late"), 50_000
    for number in range(count):
        link.carry(number * FRAME_NS, SILENCE, True)
    expected = exp(-(link.lag * 20 - 30) / 20)
    spread = sqrt(expected * (1 - expected) / count)
    assert link.counts["late"] / count == pytest.approx(expected, abs=4.5 * spread)


def test_by_default_at_most_one_packet_in_a_hundred_is_late() -> None:
    for jitter_s in (0.001, 0.007, 0.015, 0.1):
        link = Link(Conditions(jitter_s=jitter_s), f"late:{jitter_s}")
        for number in range(20_000):
            link.carry(number * FRAME_NS, SILENCE, True)
        assert link.counts["late"] < 20_000 * 0.0125


def test_nothing_is_left_of_what_was_on_its_way_when_somebody_left() -> None:
    link = Link(Conditions(delay_s=0.06), "left")
    for number in range(5):
        link.carry(number * FRAME_NS, tone(), False)
    link.clear()
    assert [link.carry(n * FRAME_NS, None, False) for n in range(20, 30)] == [None] * 10


# -- concealment ------------------------------------------------------------------------------------------------------


def after_a_gap(frames: int, sound: Samples) -> list[tuple[Samples, bool, bool]]:
    """What is played for ``frames`` missing ones after ``sound``."""
    link = Link(Conditions(), "gap")
    link.carry(0, sound, False)
    found = [link.carry(n * FRAME_NS, sound, False, True) for n in range(1, frames + 1)]
    return [played for played in found if played is not None]


def test_a_gap_is_filled_with_what_was_before_it_softer_and_softer_and_then_silent() -> None:
    played = after_a_gap(6, tone())
    levels = [float(np.sqrt(np.mean(samples.astype(float) ** 2))) for samples, _, _ in played]
    before = float(np.sqrt(np.mean(tone().astype(float) ** 2)))
    assert before > levels[0] > levels[1] > levels[2] > 0
    assert levels[3:] == [0, 0, 0]
    assert [silent for _, silent, _ in played] == [False] * 3 + [True] * 3
    assert all(missing for _, _, missing in played)
    assert played[3][0] is SILENCE


def test_a_filled_gap_does_not_click() -> None:
    sound = tone(333.0)
    whole = np.concatenate([sound, *(samples for samples, _, _ in after_a_gap(5, sound))]).astype(int)
    steepest = np.abs(np.diff(sound.astype(int))).max()
    assert np.abs(np.diff(whole)).max() <= steepest + 1


def test_a_gap_in_silence_is_silent() -> None:
    link = Link(Conditions(), "gap")
    link.carry(0, SILENCE, True)
    assert link.carry(FRAME_NS, tone(), False, True) == (SILENCE, True, True)


def test_after_a_gap_the_next_one_is_filled_anew() -> None:
    link = Link(Conditions(), "gap")
    for number in range(12):
        played = link.carry(number * FRAME_NS, tone(), False, number % 6 != 0)
        assert played is not None
        assert played[1] == (number % 6 > FADE_FRAMES)


@given(missing=st.integers(0, 10), level=st.integers(-32768, 32767))
def test_what_fills_a_gap_is_never_louder_than_what_was_before_it(missing: int, level: int) -> None:
    filled = concealed(np.full(FRAME_SAMPLES, level, np.int16), missing)
    assert (filled is None) == (missing >= FADE_FRAMES)
    if filled is not None:
        assert np.abs(filled.astype(int)).max() <= abs(level)
