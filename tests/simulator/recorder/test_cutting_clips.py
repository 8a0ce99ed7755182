"""What somebody said is cut where they pause, and nothing audible is lost."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.media.activity import FULL_SCALE, THRESHOLD_DBFS
from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE, Samples
from simulator.recorder.retelling.cutting import PAUSE, Span, cut, voiced_spans

LOUD = FULL_SCALE * 10 ** (THRESHOLD_DBFS / 20)

runs = st.lists(
    st.tuples(st.sampled_from([0, 20, 150, 3000, 32767]), st.integers(1, 60), st.integers(0, 900)),
    max_size=12,
)


def sound_of(drawn: list[tuple[int, int, int]]) -> Samples:
    """Stretches of a level, each so many frames long, which begin with so many quiet samples."""
    rng = np.random.default_rng(len(drawn))
    pieces = []
    for level, frames, quiet in drawn:
        piece = rng.integers(-level, level + 1, frames * FRAME_SAMPLES).astype(np.int16)
        piece[:quiet] = 0
        pieces.append(piece)
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)


def frames_of(sound: Samples) -> list[Samples]:
    return [sound[start : start + FRAME_SAMPLES] for start in range(0, len(sound), FRAME_SAMPLES)]


@given(runs)
def test_every_audible_sample_is_in_a_clip_and_clips_come_in_order_without_overlap(
    drawn: list[tuple[int, int, int]],
) -> None:
    sound = sound_of(drawn)
    clips = cut(voiced_spans(frames_of(sound)), [Span(0, len(sound))])

    covered = np.zeros(len(sound), bool)
    for clip in clips:
        assert 0 <= clip.start < clip.end <= len(sound)
        assert clip.start % FRAME_SAMPLES == clip.end % FRAME_SAMPLES == 0
        covered[clip.start : clip.end] = True
    for before, after in itertools.pairwise(clips):
        assert after.start - before.end >= PAUSE
    for number, frame in enumerate(frames_of(sound)):
        level = frame.astype(np.float64)
        if np.sqrt(np.mean(level**2)) >= LOUD * 1.001:
            audible = np.abs(level) >= LOUD * 1.001
            assert covered[number * FRAME_SAMPLES :][:FRAME_SAMPLES][audible].all()


spans = st.lists(st.integers(0, 60 * SAMPLE_RATE), max_size=20, unique=True).map(
    lambda edges: [Span(*pair) for pair in zip(*[iter(sorted(edges))] * 2, strict=False)]
)


@given(spans, spans)
def test_nobody_says_anything_while_they_are_not_there(voiced: list[Span], presences: list[Span]) -> None:
    clips = cut(voiced, presences)
    for clip in clips:
        assert any(
            present.start <= clip.start and clip.end <= present.end + FRAME_SAMPLES for present in presences
        )
    for before, after in itertools.pairwise(clips):
        assert before.end <= after.start


def test_a_short_pause_is_part_of_the_clip_and_a_long_one_is_not() -> None:
    words = [Span(48_000, 60_000), Span(75_000, 90_000), Span(190_000, 200_000)]
    first, second = cut(words, [Span(0, 480_000)])
    assert first.start <= 48_000
    assert first.end >= 90_000
    assert second.start > first.end
    assert second.end >= 200_000
