"""Thinning a stream of frames out to so many a second."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av import VideoFrame

EARLY_S = Fraction(1, 200)
"""How early a frame may come, but no more than an eighth of the time between two. Cameras jitter, and containers that
count in milliseconds give 30 frames a second the times 0, 33, 67 and 100: the second would be too early to be one."""


class Cadence:
    """Says which frames of a stream to take so that ``fps`` a second are taken; None takes all.

    Time is divided into slots of 1/fps, beginning with the first frame, and the first frame of each slot is taken.
    So 30 frames a second become exactly 10, or 24 on average, and a late frame delays none of those after it. A
    frame older than the one before begins a new stream.
    """

    def __init__(self, fps: float | None) -> None:
        """Raises `ValueError` unless ``fps`` is positive."""
        if fps is not None and not 0 < fps < float("inf"):
            raise ValueError(
                f"fps must be a positive number of frames a second, or None for all, got {fps!r}"
            )
        self.fps = fps
        self._rate = Fraction(fps) if fps is not None else None
        self._early = min(EARLY_S * self._rate, Fraction(1, 8)) if self._rate is not None else Fraction(0)
        self._first: Fraction | None = None
        self._latest = Fraction(0)
        self._slot = 0

    def takes(self, seconds: Fraction) -> bool:
        """Whether to take the frame shown at ``seconds`` on the stream's own clock. Ask once for each, in order."""
        if self._rate is None:
            return True
        if self._first is None or seconds < self._latest:
            self._first = seconds
            self._slot = -1
        self._latest = seconds
        slot = int((seconds - self._first) * self._rate + self._early)
        if slot <= self._slot:
            return False
        self._slot = slot
        return True


def time_of(frame: VideoFrame) -> Fraction | None:
    """When ``frame`` is shown, in seconds on its stream's own clock; None if it does not say."""
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base
