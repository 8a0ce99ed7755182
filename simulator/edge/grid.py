"""The 20 ms grid on which all sound of a call moves."""

from __future__ import annotations

from agentkit.core.media.output import SAMPLE_RATE

FRAME_NS = 20_000_000
"""WebRTC's usual packet time."""

NS_PER_SECOND = 1_000_000_000


def next_tick(ns: int) -> int:
    """The number of the first tick at or after ``ns``."""
    return -(-ns // FRAME_NS)


def samples_to_ns(samples: int) -> int:
    """The time that ``samples`` take at 48 kHz."""
    return samples * NS_PER_SECOND // SAMPLE_RATE
