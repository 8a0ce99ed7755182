"""How loud a sound is, 20 ms at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from simulator.media.frames import FRAME_SAMPLES, Samples

Frames = npt.NDArray[np.int16]
"""Sound in frames of 20 ms, shape (n, 960)."""

Powers = npt.NDArray[np.float64]

_AT_ONCE = 25

VOICED_RANGE_DB = 20.0
"""A frame holds voice when it is at most so much softer than the loudest one of its clip; what is softer is breath and
the room of the recording. `simulator.media.activity.first_voiced_sample` draws the line there, too."""


def in_frames(samples: Samples) -> Frames:
    """``samples`` as whole frames; the last one is filled up with silence."""
    count = -(-len(samples) // FRAME_SAMPLES)
    if count * FRAME_SAMPLES == len(samples):
        return samples.reshape(count, FRAME_SAMPLES)
    padded = np.zeros(count * FRAME_SAMPLES, np.int16)
    padded[: len(samples)] = samples
    return padded.reshape(count, FRAME_SAMPLES)


def powers(frames: Frames) -> Powers:
    """The sum of the squares of each frame. They are whole numbers below 2**53, so no two computers disagree."""
    found = np.empty(len(frames))
    for part in parts(len(frames)):
        wide = frames[part].astype(np.float64)
        np.einsum("ij,ij->i", wide, wide, out=found[part])
    return found


def parts(count: int) -> Iterator[slice]:
    """So many frames in parts that fit into a processor's cache: what is computed in one go would not."""
    for start in range(0, count, _AT_ONCE):
        yield slice(start, min(start + _AT_ONCE, count))


def peak(frames: Frames) -> int:
    """The greatest magnitude; 0 where there is no sound at all."""
    return max(int(frames.max(initial=0)), -int(frames.min(initial=0)))


def voiced(power: Powers) -> npt.NDArray[np.intp]:
    """Which frames of a clip hold voice, by their `powers`: their numbers; none where all is silent."""
    return np.flatnonzero((power > 0) & (power >= power.max(initial=0) / 10 ** (VOICED_RANGE_DB / 10)))
