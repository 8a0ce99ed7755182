"""Making sound louder, putting one over the other, and what happens to what is too loud."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from simulator.edge.acoustics.level import Frames, parts, peak
from simulator.media.frames import Samples

FULL_SCALE = 32767


def amplified(sound: Frames, gain: float, ceiling: int = FULL_SCALE) -> tuple[Frames, int]:
    """``sound`` times ``gain``, cut off at ``ceiling``, and its greatest magnitude."""
    loudest = math.ceil(peak(sound) * gain)
    if gain == 1.0 and (loudest <= ceiling or ceiling == FULL_SCALE):  # -32768 is there, too
        return sound, loudest
    return _recorded(sound, gain, None, None, loudest, ceiling), min(loudest, ceiling)


def laid_over(
    bed: Frames, rows: npt.NDArray[np.intp], sound: Frames, gain: float, bed_peak: int, ceiling: int
) -> tuple[Frames, int]:
    """``sound`` times ``gain`` over those ``rows`` of ``bed``, cut off at ``ceiling``, and its greatest magnitude at
    most."""
    loudest = math.ceil(peak(sound) * gain) + bed_peak
    return _recorded(sound, gain, bed, rows, loudest, ceiling), min(loudest, ceiling)


def mixed(one: Samples, other: Samples, loudest: int = 2 * FULL_SCALE, ceiling: int = FULL_SCALE) -> Samples:
    """Both together, cut off at ``ceiling``. ``loudest`` is the sum of their peaks: when it is below, nothing is."""
    if loudest <= ceiling:
        both: Samples = one + other
        return both
    return np.add(one, other, dtype=np.int32).clip(-ceiling, ceiling).astype(np.int16)


def _recorded(
    sound: Frames,
    gain: float,
    bed: Frames | None,
    rows: npt.NDArray[np.intp] | None,
    loudest: int,
    ceiling: int,
) -> Frames:
    found = np.empty_like(sound)
    for part in parts(len(sound)):
        exact = sound[part] * np.float32(gain)
        if bed is not None and rows is not None:
            exact += bed[rows[part]]
        np.rint(exact, exact)
        if loudest > ceiling:
            exact.clip(-ceiling, ceiling, exact)
        found[part] = exact
    return found
