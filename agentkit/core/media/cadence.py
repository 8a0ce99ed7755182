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

    A frame is due every 1/fps from the first on, and the first to come when one is due is taken. So 30 frames a second
    become exactly 10, or 24 on average, and one that comes late delays none of those after it. After a pause, in which
    two were due and did not come, it begins anew; so it does with a frame older than the one before.
    """

    def __init__(self, fps: float | None) -> None:
        """Raises `ValueError` unless ``fps`` is positive."""
        if fps is not None and not 0 < fps < float("inf"):
            raise ValueError(
                f"fps must be a positive number of frames a second, or None for all, got {fps!r}"
            )
        self._apart = 1 / Fraction(fps) if fps is not None else Fraction(0)
        self._early = min(EARLY_S, self._apart / 8)
        self._due: Fraction | None = None
        self._latest = Fraction(0)

    def takes(self, seconds: Fraction) -> bool:
        """Whether to take the frame shown at ``seconds`` on the stream's own clock. Ask once for each, in order."""
        if self._due is None or seconds < self._latest or seconds >= self._due + 2 * self._apart:
            self._due = seconds
        self._latest = seconds
        if seconds < self._due - self._early:
            return False
        self._due += self._apart
        return True


def time_of(frame: VideoFrame) -> Fraction | None:
    """When ``frame`` is shown, in seconds on its stream's own clock; None if it does not say."""
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base
