"""The tones of a telephone's keys: two sines at a time, as in ITU-T Q.23."""

from __future__ import annotations

import numpy as np

from simulator.media.frames import SAMPLE_RATE, Samples

LOW_HZ = (697, 770, 852, 941)
"""Of each row of keys (ITU-T Q.23)."""
HIGH_HZ = (1209, 1336, 1477, 1633)
"""Of each column."""
KEYS = ("123A", "456B", "789C", "*0#D")

TONE_S = 0.1
PAUSE_S = 0.1
"""Receivers have to recognise 40 ms of either (ITU-T Q.24); people press longer."""
LEVEL = 0.25
"""Amplitude of each of the two sines, of full scale: -12 dBFS."""
RISE_S = 0.005
"""Of a tone, so that it does not begin and end with a click."""


def tones(keys: str) -> Samples:
    """The sound of pressing ``keys``, each one of `KEYS`: 48 kHz mono int16, a tone each, and pauses between them."""
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE), np.int16)
    pieces = [piece for key in keys for piece in (_tone(key), pause)]
    return np.concatenate(pieces[:-1])


def _tone(key: str) -> Samples:
    row = next(index for index, keys in enumerate(KEYS) if key in keys)
    at_s = np.arange(round(TONE_S * SAMPLE_RATE)) / SAMPLE_RATE
    both = sum(np.sin(2 * np.pi * hz * at_s) for hz in (LOW_HZ[row], HIGH_HZ[KEYS[row].index(key)]))
    envelope = np.clip(np.minimum(at_s, TONE_S - at_s) / RISE_S, 0, 1)
    return np.asarray(LEVEL * envelope * both * 32767, np.int16)
