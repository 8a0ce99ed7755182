"""Noise that never ends: a recording that meets its own beginning, or pink noise that is made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator.edge.acoustics.amplify import amplified
from simulator.edge.acoustics.level import Frames, Powers, powers
from simulator.media.decode import SpeechAudio
from simulator.media.errors import MediaError
from simulator.media.frames import FRAME_SAMPLES, SAMPLE_RATE

SHORTEST_S = 1.0
"""What is shorter would be heard as a rhythm."""

SEAM = SAMPLE_RATE // 10
"""Samples over which the end of a recording fades into its beginning."""

PINK_FRAMES = 300
PINK_RMS = 3000.0
_LOWEST_HZ, _HIGHEST_HZ = 20.0, 20_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Noise:
    """Frames that can be played in a circle, and their `powers`."""

    frames: Frames
    powers: Powers

    @property
    def rms(self) -> float:
        """Its amplitude, in the range of int16."""
        return float(np.sqrt(self.powers.sum() / self.frames.size))


@lru_cache(maxsize=8)
def louder(noise: Noise, gain: float, ceiling: int) -> tuple[Frames, int]:
    """The noise as a microphone records it, and its peak: see `amplified`. Many calls have the same."""
    return amplified(noise.frames, gain, ceiling)


@lru_cache(maxsize=8)
def endless(recording: SpeechAudio) -> Noise:
    """The recording as noise without an end. Raises `MediaError` for one that is too short, or silent."""
    sound = recording.samples
    if recording.duration_s < SHORTEST_S:
        raise MediaError(
            f"{recording.path}: as noise, a recording lasts at least {SHORTEST_S:g} s, found "
            f"{recording.duration_s:.2f} s; take a longer one"
        )
    if not sound.any():
        raise MediaError(f"{recording.path}: this recording is silent, so it cannot be anybody's noise")
    length = (len(sound) - SEAM) // FRAME_SAMPLES * FRAME_SAMPLES
    circle = sound[:length].astype(np.float64)
    rising = np.sin(np.linspace(0, np.pi / 2, SEAM, endpoint=False)) ** 2
    circle[:SEAM] = rising**0.5 * circle[:SEAM] + (1 - rising) ** 0.5 * sound[length : length + SEAM]
    return _noise(circle)


@lru_cache(maxsize=1)
def pink() -> Noise:
    """Six seconds of pink noise, always the same.

    Its spectrum falls by 3 dB an octave exactly; the phases are drawn from a hash, which makes it sound like noise.
    """
    length = PINK_FRAMES * FRAME_SAMPLES
    hertz = np.arange(length // 2 + 1) * (SAMPLE_RATE / length)
    dice = hashlib.shake_256(b"pink noise").digest(2 * len(hertz))
    phases = np.frombuffer(dice, "<u2") * (2 * np.pi / 2**16)
    heard = (hertz >= _LOWEST_HZ) & (hertz <= _HIGHEST_HZ)
    spectrum = np.zeros(len(hertz), np.complex128)
    spectrum[heard] = np.exp(1j * phases[heard]) / np.sqrt(hertz[heard])
    sound = np.fft.irfft(spectrum, length)
    return _noise(sound * (PINK_RMS / np.sqrt(np.mean(sound**2))))


def _noise(circle: np.typing.NDArray[np.float64]) -> Noise:
    frames: Frames = np.clip(np.rint(circle), -32768, 32767).astype(np.int16).reshape(-1, FRAME_SAMPLES)
    return Noise(frames, powers(frames))
