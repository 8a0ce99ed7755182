"""The agent's voice on its way from somebody's loudspeaker into their microphone."""

from __future__ import annotations

import numpy as np

from simulator.edge.acoustics.amplify import FULL_SCALE, amplified
from simulator.edge.acoustics.conditions import Echo, factor
from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE, SILENCE, Samples


class EchoPath:
    """Takes what a loudspeaker plays, and gives what a microphone hears of it: later, to the sample, and softer.

    Frames of 20 ms have numbers, which only grow; a frame that is not played is silence. As much as the delay allows is
    computed at a time.
    """

    def __init__(self, echo: Echo, gain_db: float = 0.0) -> None:
        """``gain_db`` is how much the microphone amplifies."""
        self._gain = factor(echo.gain_db + gain_db)
        self.peak = min(FULL_SCALE, round(self._gain * (FULL_SCALE + 1)))
        self._delay = round(echo.delay_s * SAMPLE_RATE)
        self._stretch = max(1, self._delay // FRAME_SAMPLES)
        self._played: dict[int, Samples] = {}
        self._echo: Samples | None = None
        self._echo_from: int | None = None

    def play(self, number: int, samples: Samples) -> None:
        """Sound during frame ``number``."""
        self._played[number] = samples

    def heard(self, number: int) -> Samples | None:
        """What is heard during frame ``number``, which may be the last that was played; None where all is silent."""
        if self._echo is None and not self._played:
            return None
        position = number * FRAME_SAMPLES - self._delay
        stretch = position // (FRAME_SAMPLES * self._stretch) * self._stretch
        if stretch != self._echo_from:
            self._echo, self._echo_from = self._echo_of(stretch), stretch
        if self._echo is None:
            return None
        start = position - stretch * FRAME_SAMPLES
        return self._echo[start : start + FRAME_SAMPLES]

    def _echo_of(self, first: int) -> Samples | None:
        """The echo of a stretch of frames, and of one more, into which the last that is heard of it reaches."""
        last = first + self._stretch
        frames = [self._played.get(number, SILENCE) for number in range(first, last + 1)]
        for number in [number for number in self._played if number < last]:
            del self._played[number]
        if all(frame is SILENCE for frame in frames):
            return None
        sound, _ = amplified(np.concatenate(frames).reshape(-1, FRAME_SAMPLES), self._gain)
        return sound.reshape(-1)
