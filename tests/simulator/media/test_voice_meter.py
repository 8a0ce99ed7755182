"""The level meter says when sound starts and stops, to the sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.media.activity import FULL_SCALE, HANGOVER_NS, VoiceChange, VoiceMeter, first_voiced_sample
from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE, SILENCE

FRAME_NS = 20_000_000
LOUD = np.int16(10_000)  # so loud that one sample makes its frame loud


def ns(sample: int) -> int:
    return sample * 1_000_000_000 // SAMPLE_RATE


def measured(samples: np.ndarray, meter: VoiceMeter | None = None) -> list[VoiceChange]:
    """What a meter reports for whole frames of ``samples``, up to the end of the call."""
    meter = meter or VoiceMeter()
    changes: list[VoiceChange] = []
    for frame in range(len(samples) // FRAME_SAMPLES):
        changes += meter.feed(samples[frame * FRAME_SAMPLES :][:FRAME_SAMPLES], frame * FRAME_NS)
    return [*changes, *meter.close()]


def sounding(*spans: tuple[int, int], frames: int = 100) -> np.ndarray:
    samples = np.zeros(frames * FRAME_SAMPLES, np.int16)
    for first, last in spans:
        samples[first:last] = LOUD
    return samples


def test_a_sound_is_reported_from_its_first_loud_sample_to_the_instant_after_its_last() -> None:
    assert measured(sounding((1_000, 20_123))) == [("started", ns(1_000)), ("stopped", ns(20_123))]


def test_the_end_is_known_once_the_hang_over_has_passed_and_not_before() -> None:
    meter = VoiceMeter()
    meter.feed(np.full(FRAME_SAMPLES, LOUD), 0)
    reports = [meter.feed(SILENCE, frame * FRAME_NS, silent=True) for frame in range(1, 12)]
    assert reports[:9] == [()] * 9
    assert reports[9:] == [(("stopped", FRAME_NS),), ()]


def test_a_gap_shorter_than_the_hang_over_does_not_end_a_sound() -> None:
    gap = 9_599  # one sample less than 200 ms
    assert measured(sounding((0, 5_000), (5_000 + gap, 20_000))) == [("started", 0), ("stopped", ns(20_000))]


def test_a_gap_as_long_as_the_hang_over_ends_it_even_if_sound_follows_in_the_same_frame() -> None:
    spans = [(0, 5_000), (14_600, 20_000)]
    assert measured(sounding(*spans)) == [
        change for first, last in spans for change in (("started", ns(first)), ("stopped", ns(last)))
    ]


def test_noise_below_the_threshold_is_not_a_sound() -> None:
    hiss = (
        np.random.default_rng(0).normal(0, FULL_SCALE * 10 ** (-60 / 20), 50 * FRAME_SAMPLES).astype(np.int16)
    )
    assert measured(hiss) == []


def test_another_threshold_may_be_chosen() -> None:
    quiet = sounding((0, 4_800)) // 300  # -60 dBFS
    assert measured(quiet) == []
    assert measured(quiet, VoiceMeter(threshold_dbfs=-70)) == [("started", 0), ("stopped", ns(4_800))]


def test_frames_that_are_left_out_count_as_silence() -> None:
    meter = VoiceMeter()
    frame = np.full(FRAME_SAMPLES, LOUD)
    meter.feed(frame, 0)
    assert meter.feed(frame, 50 * FRAME_NS) == (("stopped", FRAME_NS), ("started", 50 * FRAME_NS))


def test_the_loudest_possible_sample_does_not_overflow() -> None:
    assert measured(np.full(FRAME_SAMPLES, -32768, np.int16)) == [("started", 0), ("stopped", FRAME_NS)]


def test_a_sound_is_closed_only_once() -> None:
    meter = VoiceMeter()
    meter.feed(np.full(FRAME_SAMPLES, LOUD), 0)
    assert meter.sounding
    assert meter.close() == (("stopped", FRAME_NS),)
    assert meter.close() == ()


def test_frames_out_of_order_are_refused() -> None:
    meter = VoiceMeter()
    meter.feed(SILENCE, FRAME_NS)
    with pytest.raises(ValueError, match="follow each other"):
        meter.feed(SILENCE, FRAME_NS)


def test_a_negative_hang_over_is_refused() -> None:
    with pytest.raises(ValueError, match="hangover_ns"):
        VoiceMeter(hangover_ns=-1)


spans = st.lists(st.tuples(st.integers(0, 20_000), st.integers(100, 20_000)), max_size=6)


@given(spans=spans)
def test_reports_are_the_sounds_joined_across_short_gaps(spans: list[tuple[int, int]]) -> None:
    placed: list[tuple[int, int]] = []
    at = 0
    for gap, length in spans:
        placed.append((at + gap, at + gap + length))
        at += gap + length
    joined: list[list[int]] = []
    for first, last in placed:
        if joined and ns(first) - ns(joined[-1][1]) < HANGOVER_NS:
            joined[-1][1] = last
        else:
            joined.append([first, last])

    changes = measured(sounding(*placed, frames=at // FRAME_SAMPLES + 1))

    assert [kind for kind, _ in changes] == ["started", "stopped"] * len(joined)
    assert [at_ns for _, at_ns in changes] == [ns(sample) for span in joined for sample in span]


@given(levels=st.lists(st.integers(-32768, 32767), max_size=60), flagged=st.booleans())
def test_reports_alternate_and_never_look_ahead_or_back(levels: list[int], flagged: bool) -> None:
    meter = VoiceMeter()
    last_ns = -1
    expected = "started"
    for frame, level in enumerate(levels):
        silent = flagged and level == 0
        for kind, at_ns in meter.feed(np.full(FRAME_SAMPLES, level, np.int16), frame * FRAME_NS, silent):
            assert kind == expected
            assert last_ns <= at_ns <= (frame + 1) * FRAME_NS
            expected = "stopped" if expected == "started" else "started"
            last_ns = at_ns
    assert meter.sounding == (expected == "stopped")


def test_the_voice_sets_in_after_the_noise_of_the_room() -> None:
    room = np.random.default_rng(1).normal(0, 100, SAMPLE_RATE)  # -50 dBFS
    room[12_345:] += 5_000
    assert first_voiced_sample(room.astype(np.int16)) == 12_345


@given(first=st.integers(0, 5_000), length=st.integers(480, 5_000))
def test_an_onset_is_found_to_the_sample(first: int, length: int) -> None:
    samples = np.zeros(first + length, np.int16)
    samples[first:] = LOUD
    assert first_voiced_sample(samples) == first


@pytest.mark.parametrize("length", [0, 1, 479, 48_000])
def test_a_silent_recording_sets_in_at_its_beginning(length: int) -> None:
    assert first_voiced_sample(np.zeros(length, np.int16)) == 0
