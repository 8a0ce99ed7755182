"""What one microphone picks up: recordings laid onto the call's timeline, and silence between them."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np

from simulator.media.frames import FRAME_SAMPLES, SILENCE, Samples


class _Placed(NamedTuple):
    start: int
    end: int
    samples: Samples


class MicrophoneSource:
    """The sound at one microphone. Positions are samples at 48 kHz since the call began."""

    __slots__ = ("_placed",)

    def __init__(self) -> None:
        self._placed: deque[_Placed] = deque()

    @property
    def ends_at(self) -> int:
        """The position at which everything that was started is over; 0 when nothing is left to play."""
        return self._placed[-1].end if self._placed else 0

    def start(self, samples: Samples, *, at: int) -> int:
        """Let 48 kHz mono ``samples`` begin at position ``at``; return the position at which they end.

        Raises `ValueError` where another recording still plays: one mouth says one thing at a time.
        """
        if at < 0:
            raise ValueError(f"a recording cannot begin before the call does: at={at} is negative")
        if at < self.ends_at:
            raise ValueError(
                f"a recording plays until sample {self.ends_at}, so another cannot begin at {at}: "
                "start it there, or stop the first one before"
            )
        end = at + len(samples)
        if len(samples):
            self._placed.append(_Placed(at, end, samples))
        return end

    def stop(self) -> None:
        """Break off what plays and forget what was to follow; frames from now on are silent."""
        self._placed.clear()

    def frame(self, at: int) -> tuple[Samples, bool]:
        """The 960 samples from position ``at``, and whether they are known to be silence.

        Positions only grow from call to call. A frame shares its memory with the recording, and silence with
        every other silence: it is for reading.
        """
        placed = self._placed
        while placed and placed[0].end <= at:
            placed.popleft()
        if not placed or placed[0].start >= at + FRAME_SAMPLES:
            return SILENCE, True
        start, end, samples = placed[0]
        if start <= at and at + FRAME_SAMPLES <= end:
            return samples[at - start : at - start + FRAME_SAMPLES], False
        return self._assembled(at), False

    def _assembled(self, at: int) -> Samples:
        frame = np.zeros(FRAME_SAMPLES, np.int16)
        for start, end, samples in self._placed:
            first = max(start, at)
            last = min(end, at + FRAME_SAMPLES)
            if first < last:
                frame[first - at : last - at] = samples[first - start : last - start]
        return frame
