"""From the probability of voice in each window to speech that starts and ends. Pure: numbers in, decisions
out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

WINDOW_MS = 32
"""What Silero looks at in one go: 512 samples at 16 kHz."""


@dataclass(frozen=True, slots=True)
class Started:
    """Someone speaks, and has done so for ``speech_ms``."""

    speech_ms: float


@dataclass(frozen=True, slots=True)
class Ended:
    """Someone who spoke for ``speech_ms``, pauses included, has been silent for ``silence_ms``."""

    silence_ms: float
    speech_ms: float


class Decision:
    """Decides for one participant, window by window.

    A window is voiced from ``threshold`` on; once one is, the next ones are down to ``neg_threshold``, so
    that a probability that wavers does not switch back and forth. Speech starts after ``min_speech_ms`` of
    voiced windows in a row and ends after ``min_silence_ms`` without one. Both are rounded up to whole
    windows.
    """

    def __init__(
        self, threshold: float, neg_threshold: float, min_speech_ms: float, min_silence_ms: float
    ) -> None:
        """Raises `ValueError` unless 0 < neg_threshold <= threshold < 1, and for negative durations."""
        if not 0 < neg_threshold <= threshold < 1:
            raise ValueError(
                f"expected 0 < neg_threshold <= threshold < 1, got neg_threshold={neg_threshold} "
                f"and threshold={threshold}; they are probabilities, such as 0.35 and 0.5"
            )
        self._threshold = threshold
        self._neg_threshold = neg_threshold
        self._windows_to_start = _windows(min_speech_ms, "min_speech_ms")
        self._windows_to_end = _windows(min_silence_ms, "min_silence_ms")
        self.end_delay_ms = self._windows_to_end * WINDOW_MS
        self._voiced = False
        self._speaking = False
        self._speech = 0
        self._silence = 0

    def decide(self, probability: float) -> Started | Ended | None:
        """Take in the probability of voice in the next window."""
        self._voiced = probability >= (self._neg_threshold if self._voiced else self._threshold)
        return self._go_on() if self._speaking else self._wait()

    def _wait(self) -> Started | None:
        self._speech = self._speech + 1 if self._voiced else 0
        if self._speech < self._windows_to_start:
            return None
        self._speaking = True
        self._silence = 0
        return Started(speech_ms=self._speech * WINDOW_MS)

    def _go_on(self) -> Ended | None:
        if self._voiced:
            self._speech += self._silence + 1
            self._silence = 0
            return None
        self._silence += 1
        if self._silence < self._windows_to_end:
            return None
        ended = Ended(silence_ms=self._silence * WINDOW_MS, speech_ms=self._speech * WINDOW_MS)
        self._speaking = False
        self._speech = 0
        return ended


def _windows(duration_ms: float, name: str) -> int:
    if not (math.isfinite(duration_ms) and duration_ms >= 0):
        raise ValueError(f"{name}: expected 0 or more milliseconds, got {duration_ms!r}")
    return max(1, math.ceil(duration_ms / WINDOW_MS))
