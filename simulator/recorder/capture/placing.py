"""Where each piece of a stream lies on the time line of the call."""

from __future__ import annotations

from simulator.media.frames import SAMPLE_RATE

LATE = SAMPLE_RATE // 10
"""A piece without a time of its own follows the one before, unless it comes 100 ms late: then there was a gap."""

ASTRAY = SAMPLE_RATE
"""A stream whose own clock is this far from the call's has begun anew."""

ROUNDING = SAMPLE_RATE // 500
"""What clocks of other rates are off by."""


class Placing:
    """Places the pieces of one stream one behind the other. All positions are samples at 48 kHz."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._offset: int | None = None

    def place(self, count: int, arrived: int, pts: int | None) -> int | None:
        """Where the ``count`` samples begin that seem to have begun at ``arrived``; None if they were there before.

        ``pts`` is their place on the stream's own clock, if it has one; the first piece sets it by the call's.
        """
        earliest = max(self._next or 0, 0)
        if pts is None:
            waited = self._next is None or arrived - self._next > LATE
            start = max(arrived, earliest) if waited else earliest
        else:
            if self._offset is None or abs(pts + self._offset - arrived) > ASTRAY:
                self._offset = max(arrived, earliest) - pts
            start = pts + self._offset
            if start + count <= earliest:
                return None
            if start < earliest + ROUNDING:
                start = earliest if self._next is not None else max(start, 0)
        self._next = start + count
        return start
