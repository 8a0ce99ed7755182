"""What is played where sound is missing."""

from __future__ import annotations

import numpy as np

from simulator.media.frames import FRAME_SAMPLES, Samples

FADE_FRAMES = 3
"""A gap is filled for 60 ms, softer and softer, and then it is silent: as ITU-T G.711 Appendix I does."""

_STEPS = np.linspace(1, 0, FADE_FRAMES * FRAME_SAMPLES, dtype=np.float32).reshape(FADE_FRAMES, FRAME_SAMPLES)


def concealed(last: Samples, missing: int) -> Samples | None:
    """What stands for the frame of number ``missing``, from 0, in a gap that ``last`` was played before.

    It is the last frame again, fading out, and every other time backwards, so that nothing clicks where one repetition
    meets the next. None, which is silence, when the gap lasts for longer.
    """
    if missing >= FADE_FRAMES:
        return None
    again = last if missing % 2 else last[::-1]
    filled: Samples = np.rint(again * _STEPS[missing]).astype(np.int16)
    return filled
