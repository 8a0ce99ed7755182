"""A microphone in its surroundings: from a clean voice to what is sent into the call."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from agentkit.core import clock
from simulator.edge.acoustics.amplify import FULL_SCALE, amplified, laid_over, mixed
from simulator.edge.acoustics.conditions import Acoustics, factor
from simulator.edge.acoustics.echo import EchoPath
from simulator.edge.acoustics.level import Frames, in_frames, powers, voiced
from simulator.edge.acoustics.noise import Noise, louder
from simulator.edge.acoustics.room import Ears
from simulator.media.frames import Samples

SPEECH_DBFS = -26.0
"""How loud people speak: the nominal level of speech in ITU-T P.56."""


class Pickup:
    """What one microphone makes of a voice. Frames of 20 ms are counted from the beginning of the call.

    Noise runs all the time, steadily, from a point of its recording that chance decides; it is as far below
    `SPEECH_DBFS` as ``snr_db`` says. Whoever speaks in it speaks up, or softly: a clip is brought to the level at
    which, over its voiced frames, it is ``snr_db`` louder than the noise under it.
    """

    def __init__(
        self,
        acoustics: Acoustics,
        stream: str,
        *,
        noise: Noise | None = None,
        echo: EchoPath | None = None,
        others: Ears | None = None,
    ) -> None:
        """``stream`` is the name of its stream of chance; ``others`` are the people in the same room."""
        self._gain = self._voice_gain = factor(acoustics.gain_db)
        self._ceiling = min(FULL_SCALE, round((FULL_SCALE + 1) * factor(acoustics.clipping_db)))
        self._echo = echo
        self._others = others
        self._snr = factor(acoustics.snr_db or 0.0)
        self._source = noise
        self._noise: Frames | None = None
        self._noise_peak = 0
        if noise is not None:
            self._shift = clock.rng(stream).randrange(len(noise.frames))
            self._noise_gain = self._gain * (FULL_SCALE + 1) * factor(SPEECH_DBFS) / self._snr / noise.rms
            self._noise, self._noise_peak = louder(noise, self._noise_gain, self._ceiling)
        self._clip: Frames | None = None
        self._clip_from = 0
        self._clip_peak = 0

    def voice_begins(self, samples: Samples, first: int, *, speaks: bool = True) -> None:
        """A clip begins with frame ``first``. Where nobody ``speaks`` in it, a cough say, it is as loud as the last."""
        clip = in_frames(samples)
        if speaks and self._source is not None:
            self._speak_up(clip, first, self._source)
        if self._noise is None:
            self._clip, self._clip_peak = amplified(clip, self._voice_gain, self._ceiling)
        else:
            under = self._around(first, len(clip))
            self._clip, self._clip_peak = laid_over(
                self._noise, under, clip, self._voice_gain, self._noise_peak, self._ceiling
            )
        self._clip_from = first

    def frame(self, number: int, voice: Samples, silent: bool) -> tuple[Samples, bool]:
        """What is recorded in frame ``number``, and whether it is known to be silence.

        ``voice`` is that frame of the clip that began last, or silence.
        """
        loudest = 0
        if not silent:
            assert self._clip is not None
            voice, loudest = self._clip[number - self._clip_from], self._clip_peak
        elif self._noise is not None:
            voice, loudest = self._noise[(number + self._shift) % len(self._noise)], self._noise_peak
            silent = False
        if self._others is not None and (others := self._others(number)) is not None:
            voice, loudest, silent = mixed(voice, others, ceiling=self._ceiling), self._ceiling, False
        if self._echo is None or (echo := self._echo.heard(number)) is None:
            return voice, silent
        return mixed(voice, echo, loudest + self._echo.peak, self._ceiling), False

    def _speak_up(self, clip: Frames, first: int, noise: Noise) -> None:
        """Choose how loud the voice has to be in the noise."""
        power = powers(clip)
        there = voiced(power)
        beneath = noise.powers[self._around(first, len(clip))[there]].sum()
        if beneath > 0:
            self._voice_gain = self._noise_gain * self._snr * math.sqrt(beneath / power[there].sum())

    def _around(self, first: int, count: int) -> npt.NDArray[np.intp]:
        """Which frames of the noise sound during ``count`` frames of the call."""
        assert self._noise is not None
        return (np.arange(count) + (first + self._shift)) % len(self._noise)
