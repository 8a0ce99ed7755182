"""A microphone picks up what was started, where it was started, and silence elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.media.frames import FRAME_SAMPLES, SILENCE
from simulator.media.source import MicrophoneSource


def recording(length: int) -> np.ndarray:
    samples = np.arange(1, length + 1, dtype=np.int16)
    samples.flags.writeable = False
    return samples


def picked_up(source: MicrophoneSource, frames: int) -> np.ndarray:
    return np.concatenate([source.frame(frame * FRAME_SAMPLES)[0] for frame in range(frames)])


def test_an_idle_microphone_gives_the_shared_silence() -> None:
    samples, silent = MicrophoneSource().frame(0)
    assert samples is SILENCE
    assert silent


def test_a_recording_sounds_where_it_was_started_and_then_it_is_quiet() -> None:
    source = MicrophoneSource()
    assert source.start(recording(2_000), at=1_000) == 3_000
    heard = picked_up(source, 5)
    assert heard[1_000:3_000].tolist() == list(range(1, 2_001))
    assert not heard[:1_000].any()
    assert not heard[3_000:].any()
    assert source.ends_at == 0


def test_whole_frames_of_a_recording_are_not_copied() -> None:
    samples = recording(3 * FRAME_SAMPLES)
    source = MicrophoneSource()
    source.start(samples, at=0)
    frame, silent = source.frame(FRAME_SAMPLES)
    assert np.shares_memory(frame, samples)
    assert not silent


def test_nobody_says_two_things_at_once() -> None:
    source = MicrophoneSource()
    source.start(recording(2_000), at=0)
    with pytest.raises(ValueError, match=r"until sample 2000.*stop the first one"):
        source.start(recording(10), at=1_999)


def test_the_next_recording_may_follow_in_the_same_frame() -> None:
    source = MicrophoneSource()
    end = source.start(recording(100), at=0)
    source.start(recording(50), at=end)
    assert picked_up(source, 1)[:150].tolist() == [*range(1, 101), *range(1, 51)]


def test_a_recording_that_is_stopped_is_silent_at_once_and_makes_room_for_another() -> None:
    source = MicrophoneSource()
    source.start(recording(10_000), at=0)
    source.stop()
    assert source.frame(FRAME_SAMPLES) == (SILENCE, True)
    source.start(recording(10), at=FRAME_SAMPLES)
    assert source.ends_at == FRAME_SAMPLES + 10


def test_a_recording_cannot_begin_before_the_call() -> None:
    with pytest.raises(ValueError, match="before the call"):
        MicrophoneSource().start(recording(10), at=-1)


@given(
    placements=st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 3_000)), max_size=6),
    joined=st.integers(0, 5),
)
def test_every_recording_is_heard_whole_and_in_its_place(
    placements: list[tuple[int, int]], joined: int
) -> None:
    source = MicrophoneSource()
    expected = np.zeros(50 * FRAME_SAMPLES, np.int16)
    at = joined * FRAME_SAMPLES
    for gap, length in placements:
        at += gap
        expected[at : at + length] = recording(length)
        at = source.start(recording(length), at=at)

    for start in range(joined * FRAME_SAMPLES, len(expected), FRAME_SAMPLES):
        frame, silent = source.frame(start)
        assert frame.tolist() == expected[start : start + FRAME_SAMPLES].tolist()
        assert silent == (not frame.any())
